#include <array>
#include <cstddef>
#include <initializer_list>

#include "agents/normalise/phonetic.h"

namespace tallystick::agents {
namespace {

constexpr std::size_t kCodeLength = 4;
// Letters behind these are ignored, as if the name ended here.
constexpr std::size_t kLongestName = 256;

// Encoder walks through a name once. A rule looks at the letters around the position, appends what
// is spoken, and says how many letters it has covered. Only the primary code is made: where the
// algorithm gives two, the comment names the other.
class Encoder {
 public:
  Encoder(std::string_view name, std::string& code) : code_(code) {
    for (const char letter : name) {
      if (letter < 'a' || letter > 'z' || size_ == static_cast<int>(kLongestName)) continue;
      letters_[static_cast<std::size_t>(size_++)] = static_cast<char>(letter - ('a' - 'A'));
    }
    slavo_germanic_ = Text().find('W') != std::string_view::npos ||
                      Text().find('K') != std::string_view::npos ||
                      Text().find("CZ") != std::string_view::npos;
  }

  void Run() {
    if (Is(0, {"GN", "KN", "PN", "WR", "PS"})) at_ = 1;
    if (At(0) == 'X') {  // Xavier
      Say("S");
      at_ = 1;
    }
    while (at_ < size_ && code_.size() < kCodeLength) at_ += Step();
    if (code_.size() > kCodeLength) code_.resize(kCodeLength);
  }

 private:
  std::string_view Text() const { return {letters_.data(), static_cast<std::size_t>(size_)}; }
  // Blanks stand on both sides of the name.
  char At(int index) const {
    return index >= 0 && index < size_ ? letters_[static_cast<std::size_t>(index)] : ' ';
  }
  bool Is(int index, std::initializer_list<std::string_view> words) const {
    for (const std::string_view word : words) {
      int i = 0;
      while (i < static_cast<int>(word.size()) &&
             At(index + i) == word[static_cast<std::size_t>(i)])
        ++i;
      if (i == static_cast<int>(word.size())) return true;
    }
    return false;
  }
  bool Vowel(int index) const {
    const char c = At(index);
    return c == 'A' || c == 'E' || c == 'I' || c == 'O' || c == 'U' || c == 'Y';
  }
  bool First() const { return at_ == 0; }
  bool Last() const { return at_ == size_ - 1; }
  bool Germanic() const { return Is(0, {"VAN ", "VON ", "SCH"}); }

  int Say(std::string_view sound, int covered = 1) {
    code_ += sound;
    return covered;
  }
  // Covers a doubled letter as one.
  int SayOnce(std::string_view sound) { return Say(sound, At(at_ + 1) == At(at_) ? 2 : 1); }

  int Step();
  int StepC();
  int StepCh();
  int StepDoubleC();
  int StepD();
  int StepG();
  int StepGh();
  int StepH();
  int StepJ();
  int StepM();
  int StepP();
  int StepR();
  int StepS();
  int StepSc();
  int StepT();
  int StepW();
  int StepX();
  int StepZ();

  std::array<char, kLongestName> letters_{};
  int size_ = 0;
  int at_ = 0;
  bool slavo_germanic_ = false;
  std::string& code_;
};

int Encoder::Step() {
  switch (At(at_)) {
    case 'A':
    case 'E':
    case 'I':
    case 'O':
    case 'U':
    case 'Y':
      return First() ? Say("A") : 1;
    case 'B':
      return SayOnce("P");
    case 'C':
      return StepC();
    case 'D':
      return StepD();
    case 'F':
    case 'V':
      return SayOnce("F");
    case 'G':
      return At(at_ + 1) == 'H' ? StepGh() : StepG();
    case 'H':
      return StepH();
    case 'J':
      return StepJ();
    case 'K':
    case 'Q':
      return SayOnce("K");
    case 'L':
      return SayOnce("L");  // cabrillo, gallegos: the other code has no L
    case 'M':
      return StepM();
    case 'N':
      return SayOnce("N");
    case 'P':
      return StepP();
    case 'R':
      return StepR();
    case 'S':
      return StepS();
    case 'T':
      return StepT();
    case 'W':
      return StepW();
    case 'X':
      return StepX();
    default:
      return StepZ();
  }
}

int Encoder::StepC() {
  // bacher, macher, and other Germanic -ach-
  if (at_ > 1 && !Vowel(at_ - 2) && Is(at_ - 1, {"ACH"}) && At(at_ + 2) != 'I' &&
      (At(at_ + 2) != 'E' || Is(at_ - 2, {"BACHER", "MACHER"}))) {
    return Say("K", 2);
  }
  if (First() && Is(0, {"CAESAR"})) return Say("S", 2);
  if (Is(at_, {"CHIA"})) return Say("K", 2);  // chianti
  if (Is(at_, {"CH"})) return StepCh();
  if (Is(at_, {"CZ"}) && !Is(at_ - 2, {"WICZ"})) return Say("S", 2);  // czerny; other X
  if (Is(at_ + 1, {"CIA"})) return Say("X", 3);                       // focaccia
  if (Is(at_, {"CC"}) && !(at_ == 1 && At(0) == 'M')) return StepDoubleC();
  if (Is(at_, {"CK", "CG", "CQ"})) return Say("K", 2);
  if (Is(at_, {"CI", "CE", "CY"})) return Say("S", 2);  // Italian cio, cie, cia: other X
  Say("K");
  if (Is(at_ + 1, {" C", " Q", " G"})) return 3;  // mac caffrey, mac gregor
  return Is(at_ + 1, {"C", "K", "Q"}) && !Is(at_ + 1, {"CE", "CI"}) ? 2 : 1;
}

int Encoder::StepCh() {
  if (at_ > 0 && Is(at_, {"CHAE"})) return Say("K", 2);  // michael; other X
  const bool greek_start = First() &&
                           (Is(1, {"HARAC", "HARIS"}) || Is(1, {"HOR", "HYM", "HIA", "HEM"})) &&
                           !Is(0, {"CHORE"});
  const bool kh_sound = Germanic() || Is(at_ - 2, {"ORCHES", "ARCHIT", "ORCHID"}) ||
                        Is(at_ + 2, {"T", "S"}) ||
                        ((First() || Is(at_ - 1, {"A", "O", "U", "E"})) &&
                         Is(at_ + 2, {"L", "R", "N", "M", "B", "H", "F", "V", "W", " "}));
  if (greek_start || kh_sound) return Say("K", 2);
  if (at_ > 0 && Is(0, {"MC"})) return Say("K", 2);  // mchugh
  return Say("X", 2);                                // other K, except at the start
}

int Encoder::StepDoubleC() {
  if (!Is(at_ + 2, {"I", "E", "H"}) || Is(at_ + 2, {"HU"})) return Say("K", 2);  // bacchus
  // accident, accede, succeed
  if ((at_ == 1 && At(0) == 'A') || Is(at_ - 1, {"UCCEE", "UCCES"})) return Say("KS", 3);
  return Say("X", 3);  // bellocchio, bertucci
}

int Encoder::StepD() {
  if (Is(at_, {"DG"})) {
    return Is(at_ + 2, {"I", "E", "Y"}) ? Say("J", 3) : Say("TK", 2);  // edge, edgar
  }
  return Say("T", Is(at_, {"DT", "DD"}) ? 2 : 1);
}

int Encoder::StepGh() {
  if (at_ > 0 && !Vowel(at_ - 1)) return Say("K", 2);
  if (First()) return Say(At(2) == 'I' ? "J" : "K", 2);  // ghislane
  // Parker's rule: hugh, bough, broughton
  if ((at_ > 1 && Is(at_ - 2, {"B", "H", "D"})) || (at_ > 2 && Is(at_ - 3, {"B", "H", "D"})) ||
      (at_ > 3 && Is(at_ - 4, {"B", "H"}))) {
    return 2;
  }
  // laugh, mclaughlin, cough, gough, rough, tough
  if (at_ > 2 && At(at_ - 1) == 'U' && Is(at_ - 3, {"C", "G", "L", "R", "T"})) return Say("F", 2);
  return At(at_ - 1) != 'I' ? Say("K", 2) : 2;
}

int Encoder::StepG() {
  if (At(at_ + 1) == 'N') {
    if (at_ == 1 && Vowel(0) && !slavo_germanic_) return Say("KN", 2);  // agnes; other N
    if (!Is(at_ + 2, {"EY"}) && !slavo_germanic_) return Say("N", 2);   // other KN; not cagney
    return Say("KN", 2);
  }
  if (Is(at_ + 1, {"LI"}) && !slavo_germanic_) return Say("KL", 2);  // tagliaro; other L
  if (First() && Is(1, {"Y", "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER"})) {
    return Say("K", 2);  // gerald, gilbert; other J
  }
  if (Is(at_ + 1, {"ER", "Y"}) && !Is(0, {"DANGER", "RANGER", "MANGER"}) &&
      !Is(at_ - 1, {"E", "I"}) && !Is(at_ - 1, {"RGY", "OGY"})) {
    return Say("K", 2);  // other J
  }
  if (Is(at_ + 1, {"E", "I", "Y"}) || Is(at_ - 1, {"AGGI", "OGGI"})) {
    if (Germanic() || Is(at_ + 1, {"ET"})) return Say("K", 2);
    return Say("J", 2);  // biaggi; other K, except in the French ending -gier
  }
  return SayOnce("K");
}

int Encoder::StepH() {
  // Spoken at the start or between vowels.
  return (First() || Vowel(at_ - 1)) && Vowel(at_ + 1) ? Say("H", 2) : 1;
}

int Encoder::StepJ() {
  const int covered = At(at_ + 1) == 'J' ? 2 : 1;
  if (Is(at_, {"JOSE"}) || Is(0, {"SAN "})) {
    const bool spanish = (First() && At(4) == ' ') || Is(0, {"SAN "});
    return Say(spanish ? "H" : "J", covered);
  }
  if (First()) return Say("J", covered);  // jankelowicz; other A
  if (Vowel(at_ - 1) && !slavo_germanic_ && Is(at_ + 1, {"A", "O"})) {
    return Say("J", covered);  // bajador; other H
  }
  const bool spoken = Last() || (!Is(at_ + 1, {"L", "T", "K", "S", "N", "M", "B", "Z"}) &&
                                 !Is(at_ - 1, {"S", "K", "L"}));
  return spoken ? Say("J", covered) : covered;
}

int Encoder::StepM() {
  const bool dumb = Is(at_ - 1, {"UMB"}) && (at_ + 1 == size_ - 1 || Is(at_ + 2, {"ER"}));
  return Say("M", dumb || At(at_ + 1) == 'M' ? 2 : 1);
}

int Encoder::StepP() {
  if (At(at_ + 1) == 'H') return Say("F", 2);
  return Say("P", Is(at_ + 1, {"P", "B"}) ? 2 : 1);  // campbell, raspberry
}

int Encoder::StepR() {
  const int covered = At(at_ + 1) == 'R' ? 2 : 1;
  const bool french = Last() && !slavo_germanic_ && Is(at_ - 2, {"IE"}) &&
                      !Is(at_ - 4, {"ME", "MA"});  // rogier, but not hochmeier
  return french ? covered : Say("R", covered);
}

int Encoder::StepS() {
  if (Is(at_ - 1, {"ISL", "YSL"})) return 1;         // isle, carlisle, carlysle
  if (First() && Is(0, {"SUGAR"})) return Say("X");  // other S
  if (Is(at_, {"SH"})) {
    return Say(Is(at_ + 1, {"HEIM", "HOEK", "HOLM", "HOLZ"}) ? "S" : "X", 2);
  }
  if (Is(at_, {"SIO", "SIA"})) return Say("S", 3);  // Italian, Armenian: other X
  // smith to meet schmidt, snider to meet schneider; Slavic sz: other X
  if (At(at_ + 1) == 'Z') return Say("S", 2);
  if (First() && Is(1, {"M", "N", "L", "W"})) return Say("S");
  if (Is(at_, {"SC"})) return StepSc();
  if (Last() && Is(at_ - 2, {"AI", "OI"})) return 1;  // resnais, artois
  return SayOnce("S");
}

int Encoder::StepSc() {
  if (At(at_ + 2) == 'H') {
    if (Is(at_ + 3, {"ER", "EN"})) return Say("X", 3);               // schenker; other SK
    if (Is(at_ + 3, {"OO", "UY", "ED", "EM"})) return Say("SK", 3);  // school, schooner
    return Say("X", 3);                                              // schmidt: other S
  }
  return Say(Is(at_ + 2, {"I", "E", "Y"}) ? "S" : "SK", 3);
}

int Encoder::StepT() {
  if (Is(at_, {"TION", "TIA", "TCH"})) return Say("X", 3);
  if (Is(at_, {"TH", "TTH"})) {
    if (Is(at_ + 2, {"OM", "AM"}) || Germanic()) return Say("T", 2);  // thomas, thames
    return Say("0", 2);                                               // other T
  }
  return Say("T", Is(at_ + 1, {"T", "D"}) ? 2 : 1);
}

int Encoder::StepW() {
  if (Is(at_, {"WR"})) return Say("R", 2);
  if (First() && (Vowel(1) || Is(0, {"WH"}))) Say("A");  // wasserman: other F
  // arnow, filipowski: other F
  if ((Last() && Vowel(at_ - 1)) || Is(at_ - 1, {"EWSKI", "EWSKY", "OWSKI", "OWSKY"}) ||
      Is(0, {"SCH"})) {
    return 1;
  }
  if (Is(at_, {"WICZ", "WITZ"})) return Say("TS", 4);  // filipowicz; other FX
  return 1;
}

int Encoder::StepX() {
  const int covered = Is(at_ + 1, {"C", "X"}) ? 2 : 1;
  const bool french = Last() && (Is(at_ - 3, {"IAU", "EAU"}) || Is(at_ - 2, {"AU", "OU"}));
  return french ? covered : Say("KS", covered);  // breaux
}

int Encoder::StepZ() {
  if (At(at_ + 1) == 'H') return Say("J", 2);  // zhao
  return SayOnce("S");                         // Slavic: other TS
}

}  // namespace

void DoubleMetaphone(std::string_view name, std::string& out) {
  out.clear();
  Encoder(name, out).Run();
}

}  // namespace tallystick::agents
