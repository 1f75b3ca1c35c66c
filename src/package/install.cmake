# What `cmake --install` puts where, and how another project finds it.
include(CMakePackageConfigHelpers)

install(TARGETS symline symline_kernel_dump symline_decode symline_log symline_disassembler
        EXPORT symline-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/symline DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.h)
foreach(section 1 3)
  file(GLOB manual_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.${section})
  install(FILES ${manual_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/symline)
install(EXPORT symline-targets NAMESPACE symline:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/symline-config.cmake.in
                              ${CMAKE_CURRENT_BINARY_DIR}/symline-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/symline-config-version.cmake
                                 COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/symline-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/symline-config-version.cmake DESTINATION ${package_dir})

# pkg-config has no way to ask for another static library's components: llvm-config writes them out. Its
# --system-libs would add libxml2 and libz3, which no component used here needs.
function(symline_llvm_flags result)
  execute_process(
    COMMAND ${LLVM_TOOLS_BINARY_DIR}/llvm-config --link-static --ldflags --libs ${ARGN}
    OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" " " flags "${flags}")
  set(${result} "${flags}" PARENT_SCOPE)
endfunction()
symline_llvm_flags(SYMLINE_PC_LLVM demangle support)
string(APPEND SYMLINE_PC_LLVM " -ldeflate -llzma -lzstd")
get_property(components GLOBAL PROPERTY SYMLINE_DISASSEMBLER_COMPONENTS)
string(TOLOWER "${components}" components)
symline_llvm_flags(SYMLINE_PC_DISASSEMBLERS ${components})
# The prefix is known only when installing (cmake --install --prefix), so the paths follow the file's own.
string(REGEX REPLACE "[^/]+" ".." up "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(SYMLINE_PC_PREFIX "\${pcfiledir}/${up}")
set(SYMLINE_PC_INCLUDE "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
set(SYMLINE_PC_LIB "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
foreach(name symline symline-decoder symline-kernel-dump symline-disassembler)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${name}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
