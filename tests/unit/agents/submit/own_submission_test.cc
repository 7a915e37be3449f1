#include "agents/submit/own_submission.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/unit/agents/approve/signed_home.h"

namespace tallystick::agents {
namespace {

using matcher::Cast;

const Cast& TheCast() {
  static const auto* const cast = new Cast();
  return *cast;
}

TEST(OwnSubmission, KeepsCategoriesAndWhichRowsHaveWhichMeasure) {
  const SignedHome signed_home(TheCast());
  const AgentHome home = signed_home.Open();
  const OwnColumns kept{{{0, 2, 65535}, {1, 1, 0}}, {{true, false, true}, {false, false, false}}};
  const auto directory = home.SubmissionDirectory("ab");
  ASSERT_TRUE(MakePrivateDirectory(directory).ok());
  ASSERT_TRUE(KeepOwnColumns(home, directory, "ab", kept).ok());
  const auto loaded = LoadOwnColumns(signed_home.Open(), "ab");
  ASSERT_TRUE(loaded.ok()) << loaded.error().ToString();
  EXPECT_EQ(loaded->ordinals, kept.ordinals);
  EXPECT_EQ(loaded->observed, kept.observed);
  // Sealed under the submission's id.
  const auto other = home.SubmissionDirectory("cd");
  std::filesystem::copy(directory, other, std::filesystem::copy_options::recursive);
  EXPECT_FALSE(LoadOwnColumns(home, "cd").ok());
}

TEST(OwnSubmission, RefusesColumnsThatAreCutShort) {
  const SignedHome signed_home(TheCast());
  const AgentHome home = signed_home.Open();
  const auto directory = home.SubmissionDirectory("ab");
  ASSERT_TRUE(MakePrivateDirectory(directory).ok());
  ASSERT_TRUE(KeepOwnColumns(home, directory, "ab", {{{1, 2}}, {{true, false}}}).ok());
  const Bytes whole = ReadFile(directory / "columns.sealed", 4096).value();
  for (std::size_t size = 0; size < whole.size(); size += 5) {
    ASSERT_TRUE(WriteFileDurably(directory / "columns.sealed", whole.substr(0, size)).ok());
    EXPECT_FALSE(LoadOwnColumns(home, "ab").ok()) << size;
  }
}

}  // namespace
}  // namespace tallystick::agents
