#include "proto/checkpoint.h"

#include <gtest/gtest.h>

#include <string>

#include "base/bytes.h"
#include "crypto/base64.h"

namespace tallystick {
namespace {

constexpr std::string_view kOrigin = "tallystick/unite-la/0123456789abcdef";

class CheckpointNote : public ::testing::Test {
 protected:
  std::string OpenError(std::string_view note) const {
    const auto opened = OpenCheckpoint(note, key_.verify_key());
    if (opened.ok()) return "";
    EXPECT_TRUE(opened.error().id().starts_with("log.verify-")) << opened.error().id();
    return std::string(opened.error().id());
  }
  // The note with its only occurrence of `from` replaced.
  std::string With(std::string_view from, std::string_view to) const {
    std::string note = note_;
    const std::size_t at = note.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return note.replace(at, from.size(), to);
  }
  // A whole note around any text, signed by the log.
  std::string Signed(const std::string& text, std::string_view origin = kOrigin) const {
    const std::string good = SignCheckpoint({std::string(origin), 1, {}}, key_);
    const std::string key_id =
        crypto::FromBase64(good.substr(good.rfind(' ') + 1, good.size() - good.rfind(' ') - 2))
            .value()
            .substr(0, 4);
    return text + "\n\xE2\x80\x94 " + std::string(origin) + " " +
           crypto::Base64(key_id + key_.SignRaw(text)) + "\n";
  }

  const crypto::SigningKey key_ = crypto::SigningKey::FromSeed(Bytes(32, 'k')).value();
  const crypto::SigningKey other_ = crypto::SigningKey::FromSeed(Bytes(32, 'o')).value();
  const Checkpoint checkpoint_{std::string(kOrigin), 1234, crypto::Sha256("root")};
  const std::string note_ = SignCheckpoint(checkpoint_, key_);
};

TEST_F(CheckpointNote, HasTheFormOfC2sp) {
  const std::string text =
      std::string(kOrigin) + "\n1234\n" + crypto::Base64(crypto::Sha256("root").view()) + "\n";
  ASSERT_TRUE(note_.starts_with(text + "\n\xE2\x80\x94 " + std::string(kOrigin) + " ")) << note_;
  EXPECT_TRUE(note_.ends_with("\n"));
  const std::size_t last = note_.rfind(' ') + 1;
  const Bytes signature = crypto::FromBase64(note_.substr(last, note_.size() - last - 1)).value();
  ASSERT_EQ(signature.size(), 4u + 64u);
  // Key id: SHA-256(origin || "\n" || 0x01 || public key), its first four bytes.
  Bytes named = std::string(kOrigin) + "\n\x01";
  named += key_.verify_key().view();
  EXPECT_EQ(signature.substr(0, 4), crypto::Sha256(named).view().substr(0, 4));
  EXPECT_TRUE(key_.verify_key().VerifyRaw(text, signature.substr(4)).ok());
}

TEST_F(CheckpointNote, RoundTrips) {
  EXPECT_EQ(OpenCheckpoint(note_, key_.verify_key()).value(), checkpoint_);
  const Checkpoint empty{std::string(kOrigin), 0, crypto::Sha256("")};
  EXPECT_EQ(OpenCheckpoint(SignCheckpoint(empty, key_), key_.verify_key()).value(), empty);
  const Checkpoint largest{std::string(kOrigin), ~std::uint64_t{0}, crypto::Sha256("x")};
  EXPECT_EQ(OpenCheckpoint(SignCheckpoint(largest, key_), key_.verify_key()).value(), largest);
}

TEST_F(CheckpointNote, IgnoresCosignatures) {
  const std::string cosigned =
      note_ + "\xE2\x80\x94 csun.example.org " + crypto::Base64(Bytes(76, 'w')) + "\n";
  EXPECT_EQ(OpenError(cosigned), "");
  const std::size_t gap = note_.find("\n\n") + 2;
  std::string before = note_;
  before.insert(gap, "\xE2\x80\x94 csun.example.org " + crypto::Base64(Bytes(76, 'w')) + "\n");
  EXPECT_EQ(OpenError(before), "");
  // A signature of the same name by another key is not the log's.
  before = note_;
  before.insert(gap, SignCheckpoint(checkpoint_, other_).substr(gap));
  EXPECT_EQ(OpenError(before), "");
}

TEST_F(CheckpointNote, OfAnotherKeyIsUnsigned) {
  EXPECT_EQ(OpenError(SignCheckpoint(checkpoint_, other_)), "log.verify-unsigned");
  EXPECT_EQ(OpenError(note_.substr(0, note_.find("\n\n") + 2)), "log.verify-unsigned");
}

TEST_F(CheckpointNote, NothingOfItCanBeChanged) {
  for (std::size_t i = 0; i < note_.size(); ++i) {
    std::string changed = note_;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto opened = OpenCheckpoint(changed, key_.verify_key());
    // Base64 has unused bits in its last digit; a strict decoder refuses them.
    EXPECT_FALSE(opened.ok()) << "byte " << i << " of the note can be changed";
  }
  for (std::size_t size = 0; size + 1 < note_.size(); ++size) {
    EXPECT_NE(OpenError(note_.substr(0, size)), "") << size;
  }
}

TEST_F(CheckpointNote, SizesHaveOneSpelling) {
  for (const char* size : {"", "-1", "+1234", "1234 ", " 1234", "0x4d2", "1e3", "12 34",
                           "18446744073709551616", "99999999999999999999999"}) {
    const std::string text = std::string(kOrigin) + "\n" + size + "\n" +
                             crypto::Base64(crypto::Sha256("root").view()) + "\n";
    EXPECT_EQ(OpenError(Signed(text)), "log.verify-checkpoint") << size;
  }
}

// Even under the log's own signature.
TEST_F(CheckpointNote, RootsAreDigests) {
  for (const std::string& root :
       {std::string(), std::string("!!!!"), crypto::Base64(Bytes(31, 'x')),
        crypto::Base64(Bytes(33, 'x')), std::string(64, 'a')}) {
    const std::string text = std::string(kOrigin) + "\n1234\n" + root + "\n";
    EXPECT_EQ(OpenError(Signed(text)), "log.verify-checkpoint") << root;
  }
}

TEST_F(CheckpointNote, MayHaveExtensionLines) {
  const std::string text = std::string(kOrigin) + "\n1234\n" +
                           crypto::Base64(crypto::Sha256("root").view()) + "\nan extension\n";
  EXPECT_EQ(OpenError(Signed(text)), "");
}

TEST_F(CheckpointNote, HostileNotesAreRefused) {
  const std::string gap = "\n\n";
  for (const std::string& note :
       {std::string(), std::string("\n"), gap, gap + gap, std::string("a\n\n"),
        std::string("a\nb\n\n"), std::string("\n1\nx\n\n"), std::string(1'000'000, '\n'),
        std::string(1'000'000, 'x'), std::string("a\n1\n") + std::string(100, '\0') + gap}) {
    EXPECT_EQ(OpenError(note), "log.verify-checkpoint");
  }
  const std::string head = note_.substr(0, note_.find(gap) + 2);
  EXPECT_EQ(OpenError(head + "no dash\n"), "log.verify-checkpoint");
  EXPECT_EQ(OpenError(head + "\xE2\x80\x94 nospace\n"), "log.verify-checkpoint");
  EXPECT_EQ(OpenError(head + "\xE2\x80\x94 " + std::string(kOrigin) + " !!!\n"),
            "log.verify-checkpoint");
  EXPECT_EQ(OpenError(head + "\xE2\x80\x94 " + std::string(kOrigin) + " AAA=\n"),
            "log.verify-checkpoint");
  // The log's signature after more lines than anybody reads.
  std::string many = head;
  for (int i = 0; i < 40; ++i) many += "\xE2\x80\x94 witness AAAAAAAA\n";
  EXPECT_EQ(OpenError(many + note_.substr(head.size())), "log.verify-unsigned");
}

TEST_F(CheckpointNote, AnotherOriginIsAnotherKeyId) {
  // The same key under another name: the id differs, so the signature is nobody's.
  std::string renamed = With(kOrigin, "elsewhere");
  renamed = renamed.replace(renamed.rfind(kOrigin), kOrigin.size(), "elsewhere");
  EXPECT_EQ(OpenError(renamed), "log.verify-unsigned");
}

TEST_F(CheckpointNote, VerifierLineNamesTheKey) {
  const std::string line = VerifierLine(kOrigin, key_.verify_key());
  Bytes named = std::string(kOrigin) + "\n\x01";
  named += key_.verify_key().view();
  const std::string key_id = ToHex(crypto::Sha256(named).view().substr(0, 4));
  EXPECT_EQ(line, std::string(kOrigin) + "+" + key_id + "+" +
                      crypto::Base64("\x01" + Bytes(key_.verify_key().view())));
}

// The key and the note of the signed-note reference implementation's documentation
// (golang.org/x/mod/sumdb/note, "PeterNeumann"). Ed25519 is deterministic (RFC 8032): the same key
// makes the same bytes.
TEST(SignedNote, AgreesWithTheReferenceImplementation) {
  const Bytes secret = crypto::FromBase64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").value();
  const auto key = crypto::SigningKey::FromSeed(secret.substr(1)).value();
  EXPECT_EQ(VerifierLine("PeterNeumann", key.verify_key()),
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");

  const std::string text =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n";
  const Bytes published = crypto::FromBase64(
                              "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1"
                              "FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=")
                              .value();
  const std::string note = SignCheckpoint({"PeterNeumann", 1, {}}, key);
  const std::string line = note.substr(note.find("\n\n") + 2);
  ASSERT_TRUE(line.starts_with("\xE2\x80\x94 PeterNeumann ")) << line;
  const std::size_t last = line.rfind(' ') + 1;
  const Bytes ours = crypto::FromBase64(line.substr(last, line.size() - last - 1)).value();
  EXPECT_EQ(ToHex(ours.substr(0, 4)), ToHex(published.substr(0, 4)));
  EXPECT_EQ(ToHex(key.SignRaw(text)), ToHex(published.substr(4)));
}

}  // namespace
}  // namespace tallystick
