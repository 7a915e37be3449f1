// A complete agreement between two institutions, and the keys of everyone it names.
#pragma once

#include <string>
#include <string_view>

#include "agreements/agreement.h"
#include "crypto/hpke.h"
#include "crypto/signature.h"

namespace tallystick::agreements {

// TestMember has keys derived from its id: the same in every run. Never for anything but tests.
struct TestMember {
  std::string id;
  crypto::SigningKey signing_key;
  crypto::SealingKey sealing_key;
};

TestMember MakeTestMember(std::string_view id);

// The text of "csun-lausd-2026": parties csun (dataset candidates) and lausd (dataset hr), matcher
// unite-la, researcher pgarcia, in force 2026-01-15 to 2028-01-14; outputs retention_by_pathway
// (linked) and hired_by_pathway (left).
std::string TestAgreementText();

// TestAgreementText() parsed; aborts when it does not parse.
Agreement TestAgreement();

// `text` with its only occurrence of `from` replaced; aborts when there is none or several.
std::string Replaced(std::string text, std::string_view from, std::string_view to);

// Parses `text`, which must be a good agreement; aborts with its problems otherwise.
Agreement Parsed(std::string_view text);

}  // namespace tallystick::agreements
