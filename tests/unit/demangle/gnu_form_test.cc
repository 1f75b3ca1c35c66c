#include "demangle/gnu_form.h"

#include <doctest/doctest.h>

using symline::demangling::in_gnu_form;

TEST_CASE("LLVM's text of C++ names becomes GNU's") {
    const struct {
        const char *llvm, *gnu;
    } cases[] = {
        {"f()::'lambda'(int)::operator()(int) const",
         "f()::{lambda(int)#1}::operator()(int) const"},
        {"f()::'lambda0'(int (*)(char))::x()", "f()::{lambda(int (*)(char))#2}::x()"},
        {"g('lambda'('lambda1'(int)))", "g({lambda({lambda(int)#3})#1})"},
        {"A::'unnamed'::f()", "A::{unnamed type#1}::f()"},
        {"A::'unnamed3'", "A::{unnamed type#5}"},
        {"v<std::pair<A<int>, B<C<D>>>>", "v<std::pair<A<int>, B<C<D> > > >"},
        {"operator>>(std::istream&, X&)", "operator>>(std::istream&, X&)"},
        {"X::operator->() const", "X::operator->() const"},
        {"X<Y<int>>::operator>>=(int)", "X<Y<int> >::operator>>=(int)"},
        {"void f<(Color)'x'>()", "void f<(Color)'x'>()"},
        {"'lambda'", "{lambda"},
        {")))'", ")))'"},
        {"", ""},
    };
    for (const auto& each : cases) {
        CAPTURE(each.llvm);
        CHECK(in_gnu_form(each.llvm) == each.gnu);
    }
}
