#include "agents/encode/clk/internal/pattern.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "agents/encode/clk/internal/unicode.h"

namespace tallystick::agents {
namespace {

constexpr std::size_t kMaxLength = 1000;
constexpr std::size_t kMaxProgram = 20'000;
constexpr int kMaxDepth = 50;
constexpr unsigned kMaxRepeat = 1000;

bool InClass(char32_t letter, char32_t c) {
  switch (letter) {
    case 'd':
      return DecimalDigit(c) >= 0;
    case 'D':
      return DecimalDigit(c) < 0;
    case 's':
      return IsSpace(c);
    case 'S':
      return !IsSpace(c);
    case 'w':
      return c == '_' || IsAlphanumeric(c);
    default:  // W
      return c != '_' && !IsAlphanumeric(c);
  }
}

}  // namespace

bool Pattern::Set::Holds(char32_t c) const {
  const bool found =
      std::any_of(ranges.begin(), ranges.end(),
                  [c](const Range& r) { return c >= r.first && c <= r.last; }) ||
      std::any_of(classes.begin(), classes.end(), [c](char32_t k) { return InClass(k, c); });
  return found != negated;
}

// Recursive descent; each piece of pattern becomes a fragment of relocatable instructions, so that
// a repeated piece can be emitted again.
class PatternParser {
 public:
  explicit PatternParser(std::u32string_view text) : text_(text) {}

  Result<Pattern> Parse() {
    if (text_.size() > kMaxLength) return Refuse("a pattern has at most 1,000 characters");
    TS_ASSIGN_OR_RETURN(Code program, Alternatives(0));
    if (at_ != text_.size()) return Refuse("a pattern closes a group that is not open");
    out_.program_ = std::move(program);
    out_.program_.push_back({Kind::kAccept});
    return std::move(out_);
  }

 private:
  using Kind = Pattern::Instruction::Kind;
  using Code = std::vector<Pattern::Instruction>;  // jumps are relative to the fragment's start

  static Error Refuse(Literal message) {
    return Error(tallystick::Code::kInvalidArgument, "clk.pattern", message);
  }

  bool AtEnd() const { return at_ == text_.size(); }
  bool Take(char32_t c) {
    if (AtEnd() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  static void Append(Code& to, const Code& from) {
    const auto offset = static_cast<std::uint32_t>(to.size());
    for (Pattern::Instruction i : from) {
      if (i.kind == Kind::kSplit || i.kind == Kind::kJump) {
        i.a += offset;
        i.b += offset;
      }
      to.push_back(i);
    }
  }

  static std::uint32_t Size(const Code& code) { return static_cast<std::uint32_t>(code.size()); }

  Result<Code> Alternatives(int depth) {
    if (depth > kMaxDepth) return Refuse("a pattern nests more than 50 groups");
    TS_ASSIGN_OR_RETURN(Code left, Sequence(depth));
    while (Take('|')) {
      TS_ASSIGN_OR_RETURN(const Code right, Sequence(depth));
      Code both;
      both.push_back({Kind::kSplit, 1, Size(left) + 2});
      Append(both, left);
      both.push_back({Kind::kJump, Size(left) + Size(right) + 2});
      Append(both, right);
      left = std::move(both);
      if (left.size() > kMaxProgram) return Refuse("a pattern is too large");
    }
    return left;
  }

  Result<Code> Sequence(int depth) {
    Code out;
    while (!AtEnd() && text_[at_] != '|' && text_[at_] != ')') {
      bool repeatable = true;
      TS_ASSIGN_OR_RETURN(Code atom, Atom(depth, &repeatable));
      TS_ASSIGN_OR_RETURN(atom, Repeated(std::move(atom), repeatable));
      Append(out, atom);
      if (out.size() > kMaxProgram) return Refuse("a pattern is too large");
    }
    return out;
  }

  Result<Code> Atom(int depth, bool* repeatable) {
    const char32_t c = text_[at_++];
    Pattern::Set set;
    switch (c) {
      case '(': {
        if (Take('?') && !Take(':')) return Refuse("a pattern uses a (? form other than (?:");
        TS_ASSIGN_OR_RETURN(Code inside, Alternatives(depth + 1));
        if (!Take(')')) return Refuse("a pattern leaves a group open");
        return inside;
      }
      case '[':
        return Class();
      case '.':
        set.negated = true;
        set.ranges.push_back({'\n', '\n'});
        return Matching(std::move(set));
      case '^':
        *repeatable = false;
        return Code{{Kind::kAtStart}};
      case '$':
        *repeatable = false;
        return Code{{Kind::kAtLastLine}};
      case '*':
      case '+':
      case '?':
        return Refuse("a pattern repeats nothing");
      case '\\':
        return Escape(repeatable);
      default:
        set.ranges.push_back({c, c});
        return Matching(std::move(set));
    }
  }

  Code Matching(Pattern::Set set) {
    out_.sets_.push_back(std::move(set));
    return {{Kind::kSet, static_cast<std::uint32_t>(out_.sets_.size() - 1)}};
  }

  // What an escape inside or outside a class stands for: a character, or a class (second).
  Result<std::pair<char32_t, bool>> EscapedCharacter() {
    if (AtEnd()) return Refuse("a pattern ends with a backslash");
    const char32_t c = text_[at_++];
    constexpr std::u32string_view kClasses = U"dDsSwW";
    if (kClasses.find(c) != std::u32string_view::npos) return std::pair(c, true);
    constexpr std::u32string_view kNames = U"nrtfv";
    constexpr std::u32string_view kMeanings = U"\n\r\t\f\v";
    if (const auto i = kNames.find(c); i != std::u32string_view::npos) {
      return std::pair(kMeanings[i], false);
    }
    if (c < 0x80 && IsAlphanumeric(c)) return Refuse("a pattern uses an escape that is not known");
    return std::pair(c, false);
  }

  Result<Code> Escape(bool* repeatable) {
    if (!AtEnd() && (text_[at_] == 'A' || text_[at_] == 'Z')) {
      *repeatable = false;
      return Code{{text_[at_++] == 'A' ? Kind::kAtStart : Kind::kAtEnd}};
    }
    TS_ASSIGN_OR_RETURN(const auto escaped, EscapedCharacter());
    Pattern::Set set;
    if (escaped.second) {
      set.classes.push_back(escaped.first);
    } else {
      set.ranges.push_back({escaped.first, escaped.first});
    }
    return Matching(std::move(set));
  }

  Result<Code> Class() {
    Pattern::Set set;
    set.negated = Take('^');
    for (bool first = true;; first = false) {
      if (AtEnd()) return Refuse("a pattern leaves a [class open");
      char32_t from = text_[at_++];
      if (from == ']' && !first) return Matching(std::move(set));
      if (from == '\\') {
        TS_ASSIGN_OR_RETURN(const auto escaped, EscapedCharacter());
        if (escaped.second) {
          set.classes.push_back(escaped.first);
          continue;
        }
        from = escaped.first;
      }
      char32_t to = from;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        ++at_;
        to = text_[at_++];
        if (to == '\\') {
          TS_ASSIGN_OR_RETURN(const auto escaped, EscapedCharacter());
          if (escaped.second) return Refuse("a pattern's range ends in a class");
          to = escaped.first;
        }
        if (to < from) return Refuse("a pattern's range runs backwards");
      }
      set.ranges.push_back({from, to});
    }
  }

  // A decimal number at the place, or nothing.
  std::optional<unsigned> TakeNumber() {
    std::optional<unsigned> value;
    while (!AtEnd() && text_[at_] >= '0' && text_[at_] <= '9') {
      value = std::min(value.value_or(0) * 10 + static_cast<unsigned>(text_[at_] - '0'),
                       kMaxRepeat + 1);
      ++at_;
    }
    return value;
  }

  // A repetition after an atom: how often at least, and at most (nullopt: no limit). Neither: none.
  struct Repetition {
    unsigned least = 1;
    std::optional<unsigned> most = 1;
    bool present = false;
  };

  Repetition TakeRepetition() {
    if (Take('*')) return {0, std::nullopt, true};
    if (Take('+')) return {1, std::nullopt, true};
    if (Take('?')) return {0, 1, true};
    const std::size_t start = at_;
    if (Take('{')) {
      const auto low = TakeNumber();
      if (Take(',')) {
        const auto high = TakeNumber();
        if (Take('}')) return {low.value_or(0), high, true};
      } else if (low && Take('}')) {
        return {*low, low, true};
      }
      at_ = start;  // a brace that is not a repetition is a literal
    }
    return {};
  }

  Result<Code> Repeated(Code atom, bool repeatable) {
    const Repetition repetition = TakeRepetition();
    if (!repetition.present) return atom;
    if (!repeatable) return Refuse("a pattern repeats a place");
    if (Take('+')) return Refuse("a pattern uses a possessive repetition");
    Take('?');  // lazy or greedy: the same as far as the whole value is concerned
    if (!AtEnd()) {
      const std::size_t start = at_;
      if (TakeRepetition().present) return Refuse("a pattern repeats a repetition");
      at_ = start;
    }
    const auto [least, most, present] = repetition;
    if (least > kMaxRepeat || most.value_or(0) > kMaxRepeat) {
      return Refuse("a pattern repeats more than 1,000 times");
    }
    if (most && *most < least) return Refuse("a pattern repeats at most less than at least");
    const std::size_t copies = most ? *most : least + 1;
    if (copies * (atom.size() + 2) > kMaxProgram) return Refuse("a pattern is too large");
    Code out;
    for (unsigned i = 0; i < least; ++i) Append(out, atom);
    if (!most) {
      Code loop;
      loop.push_back({Kind::kSplit, 1, Size(atom) + 2});
      Append(loop, atom);
      loop.push_back({Kind::kJump, 0});
      Append(out, loop);
    } else {
      Code optional;
      optional.push_back({Kind::kSplit, 1, Size(atom) + 1});
      Append(optional, atom);
      for (unsigned i = least; i < *most; ++i) Append(out, optional);
    }
    return out;
  }

  const std::u32string_view text_;
  std::size_t at_ = 0;
  Pattern out_;
};

Result<Pattern> Pattern::Parse(std::u32string_view pattern) {
  return PatternParser(pattern).Parse();
}

bool Pattern::MatchesWhole(std::u32string_view text) const {
  std::vector<std::uint32_t> states, next, stack;
  std::vector<std::size_t> seen(program_.size(), 0);  // the place + 1 at which it was added
  bool accepted = false;
  // Adds `start` and everything reached from it without a character.
  const auto add = [&](std::vector<std::uint32_t>& to, std::uint32_t start, std::size_t at) {
    stack.push_back(start);
    while (!stack.empty()) {
      const std::uint32_t pc = stack.back();
      stack.pop_back();
      if (seen[pc] == at + 1) continue;
      seen[pc] = at + 1;
      const Instruction& i = program_[pc];
      using Kind = Instruction::Kind;
      switch (i.kind) {
        case Kind::kSplit:
          stack.push_back(i.b);
          stack.push_back(i.a);
          break;
        case Kind::kJump:
          stack.push_back(i.a);
          break;
        case Kind::kAtStart:
          if (at == 0) stack.push_back(pc + 1);
          break;
        case Kind::kAtEnd:
          if (at == text.size()) stack.push_back(pc + 1);
          break;
        case Kind::kAtLastLine:
          if (at == text.size() || (at + 1 == text.size() && text[at] == '\n')) {
            stack.push_back(pc + 1);
          }
          break;
        case Kind::kAccept:
          accepted = accepted || at == text.size();
          break;
        case Kind::kSet:
          to.push_back(pc);
          break;
      }
    }
  };
  add(states, 0, 0);
  for (std::size_t at = 0; at < text.size() && !states.empty(); ++at) {
    next.clear();
    for (const std::uint32_t pc : states) {
      if (sets_[program_[pc].a].Holds(text[at])) add(next, pc + 1, at + 1);
    }
    states.swap(next);
  }
  return accepted;
}

}  // namespace tallystick::agents
