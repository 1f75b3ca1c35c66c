#include "find/debuginfod/fetch_run.h"

#include <doctest/doctest.h>

using namespace symline;

TEST_CASE("the servers of DEBUGINFOD_URLS: each once, with the policy that stands before it") {
    const auto servers = find::servers_in("  http://a ima:enforcing http://b\thttp://a http://c ");
    REQUIRE(servers.size() == 3);
    CHECK(servers[0].url == "http://a");
    CHECK(servers[0].words == "http://a");
    CHECK(servers[1].url == "http://b");
    CHECK(servers[1].words == "ima:enforcing http://b");
    CHECK(servers[2].words == "ima:enforcing http://c");
    CHECK(find::servers_in("").empty());
    CHECK(find::servers_in("ima:ignore ").empty());
    CHECK(find::servers_in("ima:ignore http://a")[0].words == "http://a");
}

TEST_CASE("a password in the URL of a server is used and not shown") {
    const auto servers =
        find::servers_in("https://me:secret@a/x http://b@c:80 http://me:other@a/x");
    REQUIRE(servers.size() == 3);
    CHECK(servers[0].words == "https://me:secret@a/x");
    CHECK(servers[0].url == "https://***@a/x");
    CHECK(servers[1].url == "http://***@c:80");
    std::string said;
    find::FetchRun run({.say = [&](std::string_view line) { said += line; },
                        .log = [&](std::string_view line) { said += line; }});
    run.say("debuginfod: https://me:s@cr@et@a/x?q=@: refused");
    CHECK(said == "debuginfod: https://***@a/x?q=@: refused");
    said.clear();
    run.log("url 0 http://me:secret@a\nmail@b http://a/@\n");
    CHECK(said == "url 0 http://***@amail@b http://a/@");
}

TEST_CASE("without leave no server is asked, and the question is put once") {
    find::FetchRun never({.policy = FetchPolicy::never});
    never.servers = find::servers_in("http://a");
    CHECK_FALSE(never.may_fetch());
    int questions = 0;
    find::FetchRun ask({.policy = FetchPolicy::ask, .ask = [&](auto) { return ++questions > 1; }});
    ask.servers = find::servers_in("http://a");
    CHECK(ask.may_fetch());
    CHECK_FALSE(ask.prepare());
    CHECK_FALSE(ask.prepare());
    CHECK(questions == 1);
    std::atomic<int> cancelled = 1;
    find::FetchRun stopped({.policy = FetchPolicy::automatic, .cancelled = &cancelled});
    stopped.servers = find::servers_in("http://a");
    CHECK_FALSE(stopped.may_fetch());
}
