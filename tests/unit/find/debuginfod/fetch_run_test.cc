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
