#include "agents/normalise/value.h"

#include <algorithm>
#include <array>

namespace tallystick::agents {
namespace {

constexpr FieldOutcome kValueOutcome{FieldState::kValue, ""};
constexpr FieldOutcome kEmptyOutcome{FieldState::kEmpty, ""};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool AllDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
  for (;;) {
    const std::size_t before = text.size();
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    text.remove_suffix(text.size() - (text.find_last_not_of(kBlanks) + 1));
    if (text.starts_with(kNoBreakSpace)) text.remove_prefix(kNoBreakSpace.size());
    if (text.ends_with(kNoBreakSpace)) text.remove_suffix(kNoBreakSpace.size());
    if (text.size() == before) return text;
  }
}

int Number(std::string_view digits) {
  int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

int DaysIn(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// The ASCII letters and digits of `text`, letters in upper case.
void KeepAlphanumerics(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c >= 'a' && c <= 'z') {
      out.push_back(static_cast<char>(c - ('a' - 'A')));
    } else if (IsDigit(c) || (c >= 'A' && c <= 'Z')) {
      out.push_back(c);
    }
  }
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

FieldOutcome NormaliseDate(std::string_view raw, std::string& out) {
  out.clear();
  const std::string_view text = Trim(raw);
  if (text.empty()) return kEmptyOutcome;
  std::string_view year, month, day;
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    year = text.substr(0, 4);
    month = text.substr(5, 2);
    day = text.substr(8);
  } else if (text.size() == 10 && text[2] == '/' && text[5] == '/') {
    month = text.substr(0, 2);
    day = text.substr(3, 2);
    year = text.substr(6);
  } else if (text.size() == 8) {
    year = text.substr(0, 4);
    month = text.substr(4, 2);
    day = text.substr(6);
  }
  if (year.empty() || !AllDigits(year) || !AllDigits(month) || !AllDigits(day)) {
    return {FieldState::kUnreadable, "a date is YYYY-MM-DD, YYYYMMDD or MM/DD/YYYY"};
  }
  const int y = Number(year);
  const int m = Number(month);
  const int d = Number(day);
  if (m < 1 || m > 12 || d < 1 || d > DaysIn(y, m)) {
    return {FieldState::kUnreadable, "a date that is not in the calendar"};
  }
  constexpr std::array<int, 5> kSentinels = {19000101, 19010101, 19700101, 20991231, 99991231};
  const int packed = y * 10000 + m * 100 + d;
  if (std::find(kSentinels.begin(), kSentinels.end(), packed) != kSentinels.end()) {
    return {FieldState::kNull, "a date that stands for a missing one"};
  }
  if (y < 1000 || y > 2100) return {FieldState::kUnreadable, "a year outside 1000 to 2100"};
  out.append(year).append("-").append(month).append("-").append(day);
  return kValueOutcome;
}

FieldOutcome NormaliseSsn(std::string_view raw, std::string& out) {
  out.clear();
  const std::string_view text = Trim(raw);
  if (text.empty()) return kEmptyOutcome;
  for (const char c : text) {
    if (c == '-') continue;
    if (!IsDigit(c) || out.size() == 9) {
      out.clear();
      return {FieldState::kUnreadable, "an SSN is nine digits, with or without dashes"};
    }
    out.push_back(c);
  }
  if (out.size() != 9) {
    out.clear();
    return {FieldState::kUnreadable, "an SSN is nine digits, with or without dashes"};
  }
  const std::string_view ssn = out;
  const std::string_view area = ssn.substr(0, 3);
  const bool never_issued = area == "000" || area == "666" || area[0] == '9' ||
                            ssn.substr(3, 2) == "00" || ssn.substr(5) == "0000";
  const bool dummy = ssn == "078051120" || ssn == "219099999" || ssn == "123456789" ||
                     ssn.find_first_not_of(ssn[0]) == std::string_view::npos;
  if (!never_issued && !dummy) return kValueOutcome;
  out.clear();
  return {FieldState::kNull, "an SSN that was never issued or is a published dummy"};
}

FieldOutcome NormaliseSsnLast4(std::string_view raw, std::string& out) {
  out.clear();
  const std::string_view text = Trim(raw);
  if (text.empty()) return kEmptyOutcome;
  if (text.size() != 4 || !AllDigits(text)) {
    return {FieldState::kUnreadable, "the last four of an SSN are four digits"};
  }
  if (text == "0000") return {FieldState::kNull, "0000 stands for missing digits"};
  out = text;
  return kValueOutcome;
}

FieldOutcome NormaliseSex(std::string_view raw, std::string& out) {
  out.clear();
  const std::string_view text = Trim(raw);
  if (text.empty()) return kEmptyOutcome;
  constexpr std::size_t kLongest = 9;  // nonbinary
  std::array<char, kLongest> word{};
  std::size_t size = 0;
  bool readable = true;
  for (const char c : text) {
    if (c == '-' || c == ' ') continue;
    if (size == kLongest) {
      readable = false;
      break;
    }
    word[size++] = Lower(c);
  }
  const std::string_view sex(word.data(), size);
  if (readable && (sex == "f" || sex == "female")) {
    out = "f";
  } else if (readable && (sex == "m" || sex == "male")) {
    out = "m";
  } else if (readable && (sex == "x" || sex == "nonbinary" || sex == "unknown")) {
    return {FieldState::kNull, "x and unknown are not used for matching"};
  } else {
    return {FieldState::kUnreadable, "sex is f, female, m, male, x, nonbinary or unknown"};
  }
  return kValueOutcome;
}

FieldOutcome NormaliseZip(std::string_view raw, std::string& out) {
  out.clear();
  if (Trim(raw).empty()) return kEmptyOutcome;
  KeepAlphanumerics(raw, out);
  if (out.empty()) return {FieldState::kUnreadable, "a postcode has letters or digits"};
  return kValueOutcome;
}

FieldOutcome NormaliseEducatorId(std::string_view raw, std::string& out) {
  out.clear();
  if (Trim(raw).empty()) return kEmptyOutcome;
  KeepAlphanumerics(raw, out);
  if (out.empty()) return {FieldState::kUnreadable, "an educator id has letters or digits"};
  if (out != "9999999999" && out != "999999999") return kValueOutcome;
  out.clear();
  return {FieldState::kNull, "an educator id of nines stands for a missing one"};
}

FieldOutcome NormaliseEmail(std::string_view raw, std::string& out) {
  out.clear();
  const std::string_view text = Trim(raw);
  if (text.empty()) return kEmptyOutcome;
  const std::size_t at = text.find('@');
  const bool one_at = at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
                      text.find('@', at + 1) == std::string_view::npos;
  const bool clean = std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F;
  });
  if (!one_at || !clean) {
    return {FieldState::kUnreadable, "an e-mail address has one @ and no blanks"};
  }
  out.resize(text.size());
  std::transform(text.begin(), text.end(), out.begin(), Lower);
  return kValueOutcome;
}

FieldOutcome NormalisePhone(std::string_view raw, std::string& out) {
  out.clear();
  if (Trim(raw).empty()) return kEmptyOutcome;
  std::copy_if(raw.begin(), raw.end(), std::back_inserter(out), IsDigit);
  if (out.empty()) return {FieldState::kUnreadable, "a phone number has digits"};
  if (out.size() == 11 && out[0] == '1') out.erase(0, 1);
  return kValueOutcome;
}

}  // namespace tallystick::agents
