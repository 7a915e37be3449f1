// Plaintext: the type of everything that a person's record says, as long as it is readable.
#pragma once

#include <string.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tallystick::agents {

class PlaintextAccess;

// Plaintext<T> holds a value of a person's record. It exists only under agents/. It cannot be
// streamed, formatted, compared, converted or serialised: what is inside is read through
// PlaintextAccess only, whose list of friends is everything that ever reads a record. Owned values
// (a std::string, or a T with a member Wipe()) are overwritten when it is destroyed.
//
// Thread safety: as T.
template <class T>
class Plaintext {
 public:
  Plaintext() = default;
  explicit Plaintext(T value) : value_(std::move(value)) {}

  Plaintext(const Plaintext&) = default;
  Plaintext& operator=(const Plaintext&) = default;
  Plaintext(Plaintext&&) noexcept = default;
  Plaintext& operator=(Plaintext&&) noexcept = default;
  ~Plaintext() {
    if constexpr (std::is_same_v<T, std::string>) {
      // The whole capacity: a moved-from short string still holds its old bytes.
      value_.resize(value_.capacity());
      ::explicit_bzero(value_.data(), value_.size());
    } else if constexpr (requires(T & value) { value.Wipe(); }) {
      value_.Wipe();
    }
  }

  template <class Stream>
  friend Stream& operator<<(Stream&, const Plaintext&) = delete;
  template <class Other>
  friend bool operator==(const Plaintext&, const Other&) = delete;

 private:
  friend class PlaintextAccess;

  T value_{};
};

// PlaintextAccess is the one door to a Plaintext. Its friends are the classes that turn records
// into something that no longer names a person, and the tests' probe. A new friend is a decision
// for a reviewer: whatever it hands on must be a token, an opaque code, a ciphertext, a row number
// or a rule.
class PlaintextAccess {
  friend class ClkEncoder;
  friend class LabRecords;
  friend class MatchKeyMessages;
  friend class MeasureValues;   // holds stored values until they are encrypted
  friend class PlaintextProbe;  // tests only
  friend class RecordBatch;     // holds records until a thread has encoded them
  friend class RowNormaliser;
  friend class RowValidator;

  template <class T>
  static const T& Read(const Plaintext<T>& plaintext) {
    return plaintext.value_;
  }
  template <class T>
  static T& Edit(Plaintext<T>& plaintext) {
    return plaintext.value_;
  }
};

}  // namespace tallystick::agents
