#include "agents/encode/clk/internal/date_format.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <initializer_list>

#include "agents/encode/clk/internal/unicode.h"

namespace tallystick::agents {
namespace {

constexpr std::size_t kMaxFormatLength = 100;
constexpr std::u32string_view kDirectives = U"YymdbBjHIMSfpaAwu";

constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 7> kDays = {"monday", "tuesday",  "wednesday", "thursday",
                                                   "friday", "saturday", "sunday"};
constexpr std::array<std::string_view, 2> kHalves = {"am", "pm"};

char32_t LowerAscii(char32_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

Error Refuse(Literal message) { return Error(Code::kInvalidArgument, "clk.date-format", message); }

}  // namespace

struct DateFormat::Fields {
  int year = 1900;
  int short_year = -1;  // not given
  int month = 1;
  int day = 1;
  int day_of_year = 0;  // 0: not given
  int second = 0;
};

// Matches by backtracking in the order of Python's regular expression, whose alternatives prefer
// two digits. A format has each directive once, each with a few ways to match, so that the work is
// bounded by the format's length.
class DateFormat::Matcher {
 public:
  Matcher(const std::vector<Step>& steps, std::u32string_view text) : steps_(steps), text_(text) {}

  bool Match(std::size_t step, std::size_t at) {
    if (++work_ > kMaxWork) return false;
    if (step == steps_.size()) {
      end_ = at;
      return true;
    }
    const Step& s = steps_[step];
    if (s.kind == Step::Kind::kLiteral) {
      return at < text_.size() && LowerAscii(text_[at]) == LowerAscii(s.what) &&
             Match(step + 1, at + 1);
    }
    if (s.kind == Step::Kind::kSpace) {
      std::size_t end = at;
      while (end < text_.size() && IsSpace(text_[end])) ++end;
      for (; end > at; --end) {
        if (Match(step + 1, end)) return true;
      }
      return false;
    }
    return MatchDirective(s.what, step, at);
  }

  const Fields& fields() const { return fields_; }

  // Where the match ended. Python takes the first match, and fails when text is left over.
  std::size_t end() const { return end_; }

 private:
  static constexpr int kMaxWork = 100'000;

  // Tries each of `forms`, as the alternatives of Python's expression for the directive, in their
  // order. A form has two characters a place: the first and the last allowed, or "dd" for a digit
  // of any script.
  bool Number(std::initializer_list<std::string_view> forms, int* out, std::size_t step,
              std::size_t at) {
    const int before = *out;
    for (const std::string_view form : forms) {
      const int value = ValueOf(form, at);
      if (value < 0) continue;
      *out = value;
      if (Match(step + 1, at + form.size() / 2)) return true;
    }
    *out = before;
    return false;
  }

  // The number at `at` in the form, or -1.
  int ValueOf(std::string_view form, std::size_t at) const {
    if (at + form.size() / 2 > text_.size()) return -1;
    int value = 0;
    for (std::size_t i = 0; i < form.size(); i += 2, ++at) {
      const char32_t c = text_[at];
      const int digit = DecimalDigit(c);
      if (form[i] == 'd' ? digit < 0
                         : c < static_cast<unsigned char>(form[i]) ||
                               c > static_cast<unsigned char>(form[i + 1])) {
        return -1;
      }
      value = 10 * value + std::max(digit, 0);
    }
    return value;
  }

  // Whether `word` stands at `at`, in either case.
  bool Word(std::string_view word, std::size_t at) const {
    if (at + word.size() > text_.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (LowerAscii(text_[at + i]) != static_cast<unsigned char>(word[i])) return false;
    }
    return true;
  }

  // Tries the words, or their first `length` letters where it is not 0; counts from 1.
  template <std::size_t N>
  bool OneOf(const std::array<std::string_view, N>& words, std::size_t length, int* out,
             std::size_t step, std::size_t at) {
    const int before = *out;
    for (std::size_t i = 0; i < N; ++i) {
      const std::string_view word = length == 0 ? words[i] : words[i].substr(0, length);
      if (!Word(word, at)) continue;
      *out = static_cast<int>(i) + 1;
      if (Match(step + 1, at + word.size())) return true;
    }
    *out = before;
    return false;
  }

  bool MatchDirective(char32_t directive, std::size_t step, std::size_t at) {
    int unused = 0;
    switch (directive) {
      case 'Y':
        return Number({"dddddddd"}, &fields_.year, step, at);
      case 'y':
        return Number({"dddd"}, &fields_.short_year, step, at);
      case 'm':
        return Number({"1102", "0019", "19"}, &fields_.month, step, at);
      case 'd':  // also with a space in front, as %e prints it
        return Number({"3301", "12dd", "0019", "19", "  19"}, &fields_.day, step, at);
      case 'b':
        return OneOf(kMonths, 3, &fields_.month, step, at);
      case 'B':
        return OneOf(kMonths, 0, &fields_.month, step, at);
      case 'j':
        return Number({"336606", "3305dd", "12dddd", "0019dd", "000019", "19dd", "0019", "19"},
                      &fields_.day_of_year, step, at);
      case 'H':
        return Number({"2203", "01dd", "dd"}, &unused, step, at);
      case 'I':
        return Number({"1102", "0019", "19"}, &unused, step, at);
      case 'M':
        return Number({"05dd", "dd"}, &unused, step, at);
      case 'S':
        return Number({"6601", "05dd", "dd"}, &fields_.second, step, at);
      case 'f':
        return Number({"090909090909", "0909090909", "09090909", "090909", "0909", "09"}, &unused,
                      step, at);
      case 'p':
        return OneOf(kHalves, 0, &unused, step, at);
      case 'a':
        return OneOf(kDays, 3, &unused, step, at);
      case 'A':
        return OneOf(kDays, 0, &unused, step, at);
      case 'w':
        return Number({"06"}, &unused, step, at);
      default:  // u
        return Number({"17"}, &unused, step, at);
    }
  }

  const std::vector<Step>& steps_;
  const std::u32string_view text_;
  Fields fields_;
  std::size_t end_ = 0;
  int work_ = 0;
};

Result<DateFormat> DateFormat::Parse(std::u32string_view format) {
  if (format.size() > kMaxFormatLength) return Refuse("a date format has at most 100 characters");
  DateFormat out;
  std::u32string seen;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char32_t c = format[i];
    if (IsSpace(c)) {
      if (out.steps_.empty() || out.steps_.back().kind != Step::Kind::kSpace) {
        out.steps_.push_back({Step::Kind::kSpace, ' '});
      }
      continue;
    }
    if (c != '%') {
      out.steps_.push_back({Step::Kind::kLiteral, c});
      continue;
    }
    if (++i == format.size()) return Refuse("a date format ends in the middle of a directive");
    if (format[i] == '%') {
      out.steps_.push_back({Step::Kind::kLiteral, U'%'});
      continue;
    }
    if (kDirectives.find(format[i]) == std::u32string_view::npos) {
      return Refuse("a date format uses a directive other than YymdbBjHIMSfpaAwu");
    }
    if (seen.find(format[i]) != std::u32string::npos) {
      return Refuse("a date format uses a directive twice");
    }
    seen.push_back(format[i]);
    out.steps_.push_back({Step::Kind::kDirective, format[i]});
  }
  return out;
}

std::optional<std::string> DateFormat::Reformat(std::u32string_view text) const {
  Matcher matcher(steps_, text);
  if (!matcher.Match(0, 0) || matcher.end() != text.size()) return std::nullopt;
  Fields fields = matcher.fields();
  if (fields.short_year >= 0) {
    fields.year = fields.short_year + (fields.short_year <= 68 ? 2000 : 1900);
  }
  // datetime has the years 1 to 9999 and no leap second.
  if (fields.year < 1 || fields.second > 59) return std::nullopt;
  using std::chrono::year_month_day;
  year_month_day date{std::chrono::year(fields.year),
                      std::chrono::month(static_cast<unsigned>(fields.month)),
                      std::chrono::day(static_cast<unsigned>(fields.day))};
  if (fields.day_of_year != 0) {
    // The day of the year wins over month and day, and runs over into the next year.
    date = std::chrono::sys_days(std::chrono::year(fields.year) / 1 / 1) +
           std::chrono::days(fields.day_of_year - 1);
  }
  if (!date.ok() || static_cast<int>(date.year()) > 9999) return std::nullopt;
  const auto two = [](unsigned value) {
    return std::string(1, static_cast<char>('0' + value / 10)) +
           static_cast<char>('0' + value % 10);
  };
  return std::to_string(static_cast<int>(date.year())) + two(static_cast<unsigned>(date.month())) +
         two(static_cast<unsigned>(date.day()));
}

}  // namespace tallystick::agents
