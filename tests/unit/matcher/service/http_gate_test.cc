#include "matcher/service/http_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <string>
#include <variant>

#include "tests/unit/matcher/service/http_corpus.h"

namespace tallystick::matcher {
namespace {

namespace http = boost::beast::http;

GateOptions Options() {
  GateOptions options;
  options.expected_host = kCorpusHost;
  return options;
}

GatedHead Pass(ByteView bytes) {
  auto verdict = PassGate(bytes, Options());
  EXPECT_TRUE(std::holds_alternative<GatedHead>(verdict));
  if (auto* head = std::get_if<GatedHead>(&verdict)) return *head;
  return {};
}

TEST(HttpGate, P35AnswersEveryCaseOfTheCorpusAsListed) {
  int refused_count = 0;
  for (const CorpusCase& test : HttpCorpus()) {
    SCOPED_TRACE(test.name);
    const auto verdict = PassGate(test.bytes, Options());
    const auto* refusal = std::get_if<GateRefusal>(&verdict);
    if (test.status == 0) {
      EXPECT_EQ(refusal, nullptr) << (refusal ? refusal->id.view() : "");
      continue;
    }
    ++refused_count;
    ASSERT_NE(refusal, nullptr);
    EXPECT_EQ(refusal->status, test.status);
    EXPECT_EQ(refusal->id.view(), test.id);
    EXPECT_FALSE(refusal->message.view().empty());
  }
  EXPECT_GE(refused_count, 45);
}

// Beast is the second reader: what the gate lets through must have one meaning.
TEST(HttpGate, AgreesWithBeastOnWhatItLetsThrough) {
  for (const CorpusCase& test : HttpCorpus()) {
    if (test.status != 0) continue;
    SCOPED_TRACE(test.name);
    const GatedHead head = Pass(test.bytes);
    http::request_parser<http::empty_body> parser;
    parser.body_limit(1ull << 30);
    boost::beast::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(test.bytes), error);
    EXPECT_EQ(used, test.bytes.size());
    ASSERT_TRUE(parser.is_header_done());
    EXPECT_EQ(parser.get().target(), head.target);
    EXPECT_EQ(parser.get().version(), 11u);
    EXPECT_EQ(parser.content_length().value_or(0), head.content_length);
    EXPECT_FALSE(parser.chunked());
    EXPECT_EQ(parser.keep_alive(), !head.close);
  }
}

TEST(HttpGate, ReadsEveryFieldThatIsUsed) {
  const GatedHead head = Pass(
      "PUT /v1/submissions/a/chunks/7 HTTP/1.1\r\nhost: matcher.test:8443\r\n"
      "content-length: 4194304\r\ncontent-type:  application/octet-stream \r\n"
      "IDEMPOTENCY-KEY: 0123456789ABCDEF0123456789abcdef\r\n"
      "expect: 100-Continue\r\nconnection: Close\r\n\r\n");
  EXPECT_EQ(head.method, Method::kPut);
  EXPECT_EQ(head.target, "/v1/submissions/a/chunks/7");
  EXPECT_EQ(head.content_length, 4194304u);
  EXPECT_EQ(head.content_type, "application/octet-stream");
  EXPECT_EQ(head.idempotency_id, "0123456789abcdef0123456789abcdef");
  EXPECT_TRUE(head.expects_continue);
  EXPECT_TRUE(head.close);
}

TEST(HttpGate, LeavesWhatIsAbsentEmpty) {
  const GatedHead head = Pass("DELETE /v1/a HTTP/1.1\r\nHost: matcher.test:8443\r\n\r\n");
  EXPECT_EQ(head.method, Method::kDelete);
  EXPECT_EQ(head.content_length, 0u);
  EXPECT_EQ(head.content_type, "");
  EXPECT_EQ(head.idempotency_id, "");
  EXPECT_FALSE(head.expects_continue);
  EXPECT_FALSE(head.close);
}

TEST(HttpGate, TakesAnyOneHostWhenNoneIsExpected) {
  const std::string head = "GET / HTTP/1.1\r\nHost: [::1]:5\r\n\r\n";
  EXPECT_TRUE(std::holds_alternative<GatedHead>(PassGate(head, GateOptions())));
  const std::string two = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
  EXPECT_TRUE(std::holds_alternative<GateRefusal>(PassGate(two, GateOptions())));
}

TEST(HttpGate, TakesTheDefaultPortForNoPort) {
  GateOptions options;
  options.expected_host = "match.example.org:443";
  const std::string bare = "GET / HTTP/1.1\r\nHost: match.example.org\r\n\r\n";
  EXPECT_TRUE(std::holds_alternative<GatedHead>(PassGate(bare, options)));
  options.expected_host = "match.example.org";
  const std::string with_port = "GET / HTTP/1.1\r\nHost: match.example.org:443\r\n\r\n";
  EXPECT_TRUE(std::holds_alternative<GatedHead>(PassGate(with_port, options)));
}

TEST(HttpGate, RefusesBytesAfterTheHeader) {
  const std::string head = "GET / HTTP/1.1\r\nHost: matcher.test:8443\r\n\r\nG";
  EXPECT_TRUE(std::holds_alternative<GateRefusal>(PassGate(head, Options())));
}

TEST(HttpGate, FindsTheEndOfAHeaderHoweverItArrives) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string bytes = head + "body";
  for (std::size_t split = 1; split < bytes.size(); ++split) {
    const HeadScan first = ScanHead(ByteView(bytes).substr(0, split));
    if (split < head.size()) {
      ASSERT_EQ(first.state, HeadScan::State::kIncomplete) << split;
    }
    const HeadScan second = ScanHead(bytes, std::min(split, head.size() - 1));
    ASSERT_EQ(second.state, HeadScan::State::kComplete) << split;
    EXPECT_EQ(second.end, head.size());
  }
}

TEST(HttpGate, NoticesAForbiddenByteBeforeTheHeaderIsComplete) {
  EXPECT_EQ(ScanHead("GET / HTTP/1.1\nHost").state, HeadScan::State::kMalformed);
  EXPECT_EQ(ScanHead(ByteView("GET \0", 5)).state, HeadScan::State::kMalformed);
  EXPECT_EQ(ScanHead("GET / HTTP/1.1\rHost").state, HeadScan::State::kMalformed);
  EXPECT_EQ(ScanHead("GET / HTTP/1.1\r").state, HeadScan::State::kIncomplete);
}

// Whatever the bytes, there is a verdict, and cutting the header short never makes it pass.
TEST(HttpGate, RefusesEveryPrefixOfAGoodHeader) {
  const std::string head =
      "PUT /v1/a HTTP/1.1\r\nHost: matcher.test:8443\r\nContent-Length: 5\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    const auto verdict = PassGate(ByteView(head).substr(0, size), Options());
    EXPECT_TRUE(std::holds_alternative<GateRefusal>(verdict)) << size;
  }
}

}  // namespace
}  // namespace tallystick::matcher
