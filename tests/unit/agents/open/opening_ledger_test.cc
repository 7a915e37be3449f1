#include "agents/open/opening_ledger.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "proto/codec.h"
#include "tests/support/temporary_directory.h"

namespace tallystick::agents {
namespace {

class Ledger : public ::testing::Test {
 protected:
  static OpeningLedger::Subject Subject(std::string_view job, std::string_view release = "table") {
    return {"request", crypto::Sha256("agreement"), crypto::Sha256(job), crypto::Sha256(release)};
  }
  static std::vector<SumToOpen> Sums(std::size_t count) {
    const crypto::Encryptor encryptor(crypto::Point::MulGenerator(crypto::Scalar::Random()));
    crypto::RandomStream random;
    std::vector<SumToOpen> sums;
    for (std::size_t i = 0; i < count; ++i) {
      Bytes bytes;
      encryptor.Encrypt(std::vector<std::uint64_t>{i}, random, bytes);
      sums.push_back({0, i, 20, crypto::Ciphertext::FromBytes(bytes).value(), std::nullopt});
    }
    return sums;
  }
  static std::vector<v1::SealedPartials> Sealed(std::string_view bytes) {
    v1::SealedPartials partials;
    partials.set_from("csun");
    partials.set_to("lausd");
    partials.set_sealed(Bytes(bytes));
    return {partials};
  }
  OpeningLedger Open() const { return OpeningLedger::Open(directory_.path() / "openings").value(); }
  static v1::LedgerMark MarkOf(const OpeningLedger& ledger) {
    v1::LedgerMark mark;
    mark.set_size(ledger.size());
    mark.set_head(Bytes(ledger.head().view()));
    return mark;
  }
  std::filesystem::path File() const {
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "openings")) {
      if (entry.path().extension() == ".log") return entry.path();
    }
    return {};
  }
  static std::string RuleOf(const Error& error) {
    return std::string(error.refusal() ? error.refusal()->rule.view() : error.id());
  }

  const TemporaryDirectory directory_;
  const std::vector<SumToOpen> sums_ = Sums(3);
};

TEST_F(Ledger, GivesTheSameAnswerForTheSameSumsAlsoAfterARestart) {
  v1::Opening first;
  {
    OpeningLedger ledger = Open();
    EXPECT_FALSE(ledger.Find(Subject("job"), sums_)->has_value());
    first = ledger.Record(Subject("job"), sums_, Sealed("first"), Time()).value();
    EXPECT_EQ(first.ledger_size(), 1u);
    EXPECT_EQ(ByteView(first.ledger_head()), ledger.head().view());
  }
  OpeningLedger ledger = Open();
  EXPECT_EQ(Serialise(**ledger.Find(Subject("job"), sums_)), Serialise(first));
  // What was sealed anew is not what is sent.
  EXPECT_EQ(Serialise(*ledger.Record(Subject("job"), sums_, Sealed("again"), Time())),
            Serialise(first));
  EXPECT_EQ(ledger.size(), 1u);
  ASSERT_TRUE(ledger.Record(Subject("another job"), sums_, Sealed("other"), Time()).ok());
  EXPECT_EQ(Serialise(**ledger.Find(Subject("job"), sums_)), Serialise(first))
      << "later records change nothing of it";
}

TEST_F(Ledger, RefusesAnythingElseForASpentJob) {
  OpeningLedger ledger = Open();
  ASSERT_TRUE(ledger.Record(Subject("job"), sums_, Sealed("x"), Time()).ok());
  EXPECT_EQ(RuleOf(ledger.Find(Subject("job"), Sums(3)).error()), "REL-LEDGER");
  EXPECT_EQ(RuleOf(ledger.Find(Subject("job"), std::span(sums_).first(2)).error()), "REL-LEDGER");
  EXPECT_EQ(RuleOf(ledger.Find(Subject("job", "another table"), sums_).error()), "REL-LEDGER");
  std::vector<SumToOpen> moved = sums_;
  std::swap(moved[0].cell, moved[1].cell);
  EXPECT_EQ(RuleOf(ledger.Find(Subject("job"), moved).error()), "REL-LEDGER");
  std::vector<SumToOpen> with_squares = sums_;
  with_squares[0].squares = sums_[1].sum;
  EXPECT_EQ(RuleOf(ledger.Record(Subject("job"), with_squares, Sealed("x"), Time()).error()),
            "REL-LEDGER");
  EXPECT_EQ(ledger.size(), 1u);
}

TEST_F(Ledger, KeepsOneResultOfAJob) {
  OpeningLedger ledger = Open();
  EXPECT_EQ(RuleOf(ledger.RecordResult(crypto::Sha256("job"), "statistics").error()), "REL-LEDGER");
  ASSERT_TRUE(ledger.Record(Subject("job"), sums_, Sealed("x"), Time()).ok());
  EXPECT_TRUE(ledger.RecordResult(crypto::Sha256("job"), "statistics").ok());
  EXPECT_TRUE(ledger.RecordResult(crypto::Sha256("job"), "statistics").ok());
  EXPECT_EQ(ledger.size(), 2u);
  EXPECT_EQ(RuleOf(Open().RecordResult(crypto::Sha256("job"), "others").error()), "REL-LEDGER");
}

TEST_F(Ledger, NoticesThatItIsAnOldCopyUntilAPersonAcceptsIt) {
  v1::LedgerMark mark;
  {
    OpeningLedger ledger = Open();
    ASSERT_TRUE(ledger.Record(Subject("job"), sums_, Sealed("x"), Time()).ok());
    mark = MarkOf(ledger);
    EXPECT_TRUE(ledger.CheckMark(mark).ok());
    ASSERT_TRUE(ledger.Record(Subject("later"), sums_, Sealed("x"), Time()).ok());
    EXPECT_TRUE(ledger.CheckMark(mark).ok()) << "written, and not sent yet";
    EXPECT_TRUE(ledger.CheckMark(v1::LedgerMark()).ok());
  }
  std::filesystem::remove_all(directory_.path() / "openings");
  OpeningLedger restored = Open();
  EXPECT_EQ(RuleOf(restored.CheckMark(mark).error()), "REL-LEDGER-ROLLBACK");
  // As long as the lost one, with another history.
  ASSERT_TRUE(restored.Record(Subject("another"), sums_, Sealed("x"), Time()).ok());
  EXPECT_EQ(RuleOf(restored.CheckMark(mark).error()), "REL-LEDGER-ROLLBACK");
  ASSERT_TRUE(restored.Accept(mark, Time()).ok());
  EXPECT_TRUE(restored.CheckMark(mark).ok());
  EXPECT_TRUE(Open().CheckMark(mark).ok());
  mark.set_size(99);
  EXPECT_EQ(RuleOf(Open().CheckMark(mark).error()), "REL-LEDGER-ROLLBACK")
      << "one gap was accepted, and no other";
}

TEST_F(Ledger, DropsATornLastRecordAndRefusesAnyOtherDamage) {
  {
    OpeningLedger ledger = Open();
    ASSERT_TRUE(ledger.Record(Subject("first"), sums_, Sealed("x"), Time()).ok());
    ASSERT_TRUE(ledger.Record(Subject("second"), sums_, Sealed("x"), Time()).ok());
  }
  const Bytes whole = ReadFile(File(), 1 << 20).value();
  ASSERT_TRUE(WriteFileDurably(File(), whole.substr(0, whole.size() - 5)).ok());
  {
    OpeningLedger ledger = Open();
    EXPECT_EQ(ledger.size(), 1u);
    EXPECT_TRUE(ledger.Find(Subject("first"), sums_)->has_value());
    EXPECT_FALSE(ledger.Find(Subject("second"), sums_)->has_value());
  }
  Bytes damaged = whole;
  damaged[100] = static_cast<char>(damaged[100] ^ 1);
  ASSERT_TRUE(WriteFileDurably(File(), damaged).ok());
  const auto opened = OpeningLedger::Open(directory_.path() / "openings");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().id(), "ledger.corrupt");
}

}  // namespace
}  // namespace tallystick::agents
