#include "agents/source/csv_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "agents/source/utf8.h"

namespace tallystick::agents {
namespace {

// The rules, by bit: each is reported once a field.
enum Rule : unsigned {
  kNul,
  kNotUtf8,
  kLatin1,
  kWindows1252,
  kQuoteInUnquoted,
  kTextAfterQuote,
  kUnclosedQuote,
  kLoneCarriageReturn,
  kFieldTooLong,
  kRecordTooLong,
  kTooFewFields,
  kTooManyFields,
};

constexpr std::array<Literal, 12> kRuleText = {
    Literal("a NUL byte"),
    Literal("not UTF-8"),
    Literal("not UTF-8 but probably Latin-1 (ISO 8859-1): save the file as UTF-8"),
    Literal("not UTF-8 but probably Windows-1252: save the file as UTF-8"),
    Literal("a quote inside a field that does not start with one"),
    Literal("text between a closing quote and the next comma"),
    Literal("a quote that is opened and never closed"),
    Literal("a carriage return without a line feed"),
    Literal("a field longer than 1 MiB"),
    Literal("a record longer than 16 MiB"),
    Literal("fewer fields than the header"),
    Literal("more fields than the header"),
};

// What ends a run of ordinary bytes; bytes above 0x7F do, to be checked as UTF-8.
constexpr std::array<bool, 256> StopTable(std::string_view stops) {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x80; byte < 256; ++byte) table[byte] = true;
  table[0] = true;
  for (const char stop : stops) table[static_cast<unsigned char>(stop)] = true;
  return table;
}
constexpr std::array<bool, 256> kUnquotedStop = StopTable(",\"\r\n");
constexpr std::array<bool, 256> kQuotedStop = StopTable("\"");

Rule InvalidUtf8Rule(std::string_view at) {
  const auto byte = static_cast<unsigned char>(at[0]);
  if (byte < 0xA0) return kWindows1252;
  // A lead byte with a continuation behind it was meant as UTF-8.
  const bool continued = at.size() > 1 && (static_cast<unsigned char>(at[1]) & 0xC0u) == 0x80u;
  return byte >= 0xC0 && continued ? kNotUtf8 : kLatin1;
}

std::optional<Error> AnotherKindOfFile(std::string_view start) {
  const auto refuse = [](Literal what) {
    return Error(Code::kInvalidArgument, "csv.not-utf8-text", what);
  };
  const auto starts = [start](std::string_view magic) {
    return start.substr(0, magic.size()) == magic;
  };
  using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace)
  if (starts("\xFF\xFE\0\0"sv) || starts("\0\0\xFE\xFF"sv)) {
    return refuse("this file is UTF-32: save it as CSV UTF-8");
  }
  if (starts("\xFF\xFE"sv) || starts("\xFE\xFF"sv)) {
    return refuse("this file is UTF-16: save it as CSV UTF-8");
  }
  if (starts("PK\x03\x04"sv) || starts("\xD0\xCF\x11\xE0"sv)) {
    return refuse("this file is a spreadsheet or an archive: save it as CSV UTF-8");
  }
  if (starts("\x1F\x8B"sv)) return refuse("this file is compressed (gzip): unpack it first");
  if (start.size() >= 2 && (start[0] == '\0') != (start[1] == '\0')) {
    return refuse("this file looks like UTF-16 without a byte order mark: save it as CSV UTF-8");
  }
  return std::nullopt;
}

}  // namespace

// Positions are offsets in the file ("absolute"), because the buffer moves under them.
class CsvReader::Parser {
 public:
  Parser(int fd, Bytes text, const CsvOptions& options)
      : options_(options), fd_(fd), text_(std::move(text)) {
    Grow(std::max<std::size_t>(options.buffer_bytes, 16));
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() {
    if (fd_ >= 0) ::close(fd_);
    ::explicit_bzero(buffer_.get(), capacity_);
    ::explicit_bzero(text_.data(), text_.size());
    ::explicit_bzero(unescaped_.data(), unescaped_.size());
  }

  Status ReadHeader();
  Result<CsvStep> Next(std::vector<CsvField>& fields);

  std::vector<std::string> header_;
  std::vector<CsvProblem> problems_;
  std::uint64_t row_ = 0;

  std::uint64_t BytesRead() const { return here(); }
  std::string_view RawRecord() const {
    return problems_.empty() && record_end_ > record_begin_ ? At(record_begin_, record_end_)
                                                            : std::string_view();
  }

 private:
  struct Span {
    std::uint64_t begin;
    std::uint64_t end;
    bool escaped;  // holds doubled quotes
  };

  std::uint64_t here() const { return base_ + pos_; }
  std::string_view At(std::uint64_t begin, std::uint64_t end) const {
    return {buffer_.get() + (begin - base_), static_cast<std::size_t>(end - begin)};
  }

  void Grow(std::size_t capacity);
  bool Fill(std::size_t wanted);
  void Problem(Rule rule);
  void RowProblem(Rule rule);
  bool ScanRecord();
  char ScanField();
  bool ScanQuoted(Span& span);
  void CheckUtf8();
  void EndField(Span span);
  std::string_view Unescape(std::string_view raw);

  CsvOptions options_;
  int fd_;  // -1: the bytes are in text_
  Bytes text_;
  std::size_t text_used_ = 0;
  bool ended_ = false;
  bool failed_ = false;

  std::unique_ptr<char[]> buffer_;  // one byte longer than capacity_: a stop for the scan
  std::size_t capacity_ = 0;
  std::size_t pos_ = 0;
  std::size_t size_ = 0;
  std::uint64_t base_ = 0;

  bool drop_ = false;  // the record is bad and too long to keep: read on, forget the bytes
  std::uint64_t record_begin_ = 0;
  std::uint64_t record_end_ = 0;
  std::uint64_t field_begin_ = 0;
  std::uint32_t column_ = 0;
  unsigned field_rules_ = 0;  // bit set of what is reported already
  unsigned row_rules_ = 0;
  std::size_t max_fields_ = kCsvMaxColumns;
  std::vector<Span> spans_;
  std::string unescaped_;
};

void CsvReader::Parser::Grow(std::size_t capacity) {
  auto larger = std::make_unique<char[]>(capacity + 1);
  if (buffer_ != nullptr) {
    ::memcpy(larger.get(), buffer_.get(), size_);
    ::explicit_bzero(buffer_.get(), capacity_);
  }
  buffer_ = std::move(larger);
  capacity_ = capacity;
}

// Makes `wanted` bytes available at pos_; false when the file ends first.
bool CsvReader::Parser::Fill(std::size_t wanted) {
  while (size_ - pos_ < wanted && !ended_) {
    if (here() - field_begin_ > options_.max_field_bytes) {
      Problem(kFieldTooLong);
      drop_ = true;
    }
    if (here() - record_begin_ > options_.max_record_bytes) {
      RowProblem(kRecordTooLong);
      drop_ = true;
    }
    const std::size_t keep = drop_ ? pos_ : static_cast<std::size_t>(record_begin_ - base_);
    if (keep > 0) {
      ::memmove(buffer_.get(), buffer_.get() + keep, size_ - keep);
      base_ += keep;
      pos_ -= keep;
      size_ -= keep;
    }
    if (drop_) record_begin_ = here();
    if (size_ == capacity_) Grow(2 * capacity_);
    std::size_t got = 0;
    if (fd_ < 0) {
      got = std::min(capacity_ - size_, text_.size() - text_used_);
      ::memcpy(buffer_.get() + size_, text_.data() + text_used_, got);
      text_used_ += got;
    } else {
      ssize_t count;
      do {
        count = ::read(fd_, buffer_.get() + size_, capacity_ - size_);
      } while (count < 0 && errno == EINTR);
      failed_ = count < 0;
      got = count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    ended_ = got == 0;
    size_ += got;
    buffer_[size_] = '\n';
  }
  return size_ - pos_ >= wanted;
}

void CsvReader::Parser::Problem(Rule rule) {
  if ((field_rules_ & (1u << rule)) != 0 || column_ >= max_fields_) return;
  field_rules_ |= 1u << rule;
  problems_.push_back({row_, column_, kRuleText[rule]});
}

void CsvReader::Parser::RowProblem(Rule rule) {
  if ((row_rules_ & (1u << rule)) != 0) return;
  row_rules_ |= 1u << rule;
  problems_.push_back({row_, std::nullopt, kRuleText[rule]});
}

// Checks and passes one code point at pos_, whose first byte is above 0x7F.
void CsvReader::Parser::CheckUtf8() {
  if (size_ - pos_ < 4) Fill(4);
  const std::string_view rest(buffer_.get() + pos_, std::min<std::size_t>(size_ - pos_, 4));
  const std::size_t length = DecodeUtf8(rest).length;
  constexpr unsigned kAnyEncoding = 1u << kNotUtf8 | 1u << kLatin1 | 1u << kWindows1252;
  if (length == 0 && (field_rules_ & kAnyEncoding) == 0) Problem(InvalidUtf8Rule(rest));
  pos_ += std::max<std::size_t>(length, 1);
}

// Reads behind an opening quote up to and with the closing one; false when the file ends first.
bool CsvReader::Parser::ScanQuoted(Span& span) {
  for (;;) {
    while (!kQuotedStop[static_cast<unsigned char>(buffer_[pos_])]) {
      if (pos_ == size_) break;
      ++pos_;
    }
    if (pos_ == size_) {
      if (!Fill(1)) return false;
      continue;
    }
    const char stop = buffer_[pos_];
    if (stop == '"') {
      if (size_ - pos_ < 2) Fill(2);
      if (size_ - pos_ < 2 || buffer_[pos_ + 1] != '"') {
        span.end = here();
        ++pos_;
        return true;
      }
      span.escaped = true;
      pos_ += 2;
    } else if (stop == '\0') {
      Problem(kNul);
      ++pos_;
    } else {
      CheckUtf8();
    }
  }
}

// Reads one field with what ends it: ',' or '\n', or '\0' at the end of the file.
char CsvReader::Parser::ScanField() {
  field_rules_ = 0;
  field_begin_ = here();
  Span span{here(), 0, false};
  bool quoted = false;
  if ((pos_ < size_ || Fill(1)) && buffer_[pos_] == '"') {
    quoted = true;
    ++pos_;
    ++span.begin;
    if (!ScanQuoted(span)) {
      Problem(kUnclosedQuote);
      span.end = here();
      EndField(span);
      return '\0';
    }
  }
  const auto finish = [&](std::size_t passed, char end) {
    if (!quoted) span.end = here();
    record_end_ = here();
    EndField(span);
    pos_ += passed;
    return end;
  };
  for (;;) {
    const char* p = buffer_.get() + pos_;
    while (!kUnquotedStop[static_cast<unsigned char>(*p)]) ++p;  // the stop behind the end holds it
    const auto stopped = static_cast<std::size_t>(p - buffer_.get());
    if (quoted && stopped != pos_) Problem(kTextAfterQuote);
    pos_ = stopped;
    if (pos_ == size_) {
      if (!Fill(1)) return finish(0, '\0');
      continue;
    }
    switch (*p) {
      case ',':
        return finish(1, ',');
      case '\n':
        return finish(1, '\n');
      case '\r':
        if ((size_ - pos_ >= 2 || Fill(2)) && buffer_[pos_ + 1] == '\n') return finish(2, '\n');
        Problem(kLoneCarriageReturn);
        ++pos_;
        break;
      case '"':
        Problem(quoted ? kTextAfterQuote : kQuoteInUnquoted);
        ++pos_;
        break;
      case '\0':
        Problem(kNul);
        ++pos_;
        break;
      default:
        if (quoted) Problem(kTextAfterQuote);
        CheckUtf8();
    }
  }
}

void CsvReader::Parser::EndField(Span span) {
  if (here() - field_begin_ > options_.max_field_bytes) Problem(kFieldTooLong);
  if (column_ < max_fields_) spans_.push_back(span);
}

// Reads one record into spans_ and problems_; false when the file has ended.
bool CsvReader::Parser::ScanRecord() {
  problems_.clear();
  spans_.clear();
  drop_ = false;
  row_rules_ = 0;
  column_ = 0;
  record_begin_ = record_end_ = field_begin_ = here();
  if (pos_ == size_ && !Fill(1)) return false;
  ++row_;
  while (ScanField() == ',') ++column_;
  return true;
}

std::string_view CsvReader::Parser::Unescape(std::string_view raw) {
  const std::size_t begin = unescaped_.size();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    unescaped_.push_back(raw[i]);
    if (raw[i] == '"') ++i;  // the scan made sure that quotes come in pairs
  }
  return std::string_view(unescaped_).substr(begin);
}

Status CsvReader::Parser::ReadHeader() {
  Fill(4);
  if (auto refusal = AnotherKindOfFile({buffer_.get(), size_})) return *std::move(refusal);
  if (std::string_view(buffer_.get(), size_).substr(0, 3) == "\xEF\xBB\xBF") pos_ = 3;

  const auto refuse = [](Literal rule, std::size_t column) {
    return Error(Code::kInvalidArgument, "csv.header", rule)
        .With("row", std::uint64_t{1})
        .With("column", std::uint64_t{column + 1});
  };
  const bool any = ScanRecord();
  if (failed_) return Error(Code::kUnavailable, "csv.read", "the file cannot be read");
  if (!any)
    return Error(Code::kInvalidArgument, "csv.empty", "the file is empty: a header is required");
  if (!problems_.empty()) return refuse(problems_[0].rule, problems_[0].column.value_or(0));
  if (column_ >= kCsvMaxColumns) return refuse("more than 4096 columns", kCsvMaxColumns);
  std::set<std::string_view> seen;
  for (const Span& span : spans_) {
    const std::string_view raw = At(span.begin, span.end);
    header_.emplace_back(raw);
    if (span.escaped) {
      unescaped_.clear();
      header_.back() = std::string(Unescape(raw));
    }
    if (header_.back().empty()) return refuse("a column without a name", header_.size() - 1);
  }
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (!seen.insert(header_[i]).second) return refuse("a column name that occurs twice", i);
  }
  max_fields_ = header_.size();
  spans_.reserve(max_fields_);
  return Ok();
}

Result<CsvStep> CsvReader::Parser::Next(std::vector<CsvField>& fields) {
  fields.clear();
  bool blank = true;
  while (blank) {
    const bool any = ScanRecord();
    if (failed_) {
      return Error(Code::kUnavailable, "csv.read", "the file cannot be read").With("row", row_ + 1);
    }
    if (!any) return CsvStep::kEnd;
    blank = header_.size() > 1 && column_ == 0 && record_end_ == record_begin_ && problems_.empty();
  }
  if (column_ + 1 < header_.size()) RowProblem(kTooFewFields);
  if (column_ + 1 > header_.size()) RowProblem(kTooManyFields);
  if (!problems_.empty()) return CsvStep::kBadRow;
  unescaped_.clear();
  unescaped_.reserve(static_cast<std::size_t>(record_end_ - record_begin_));  // views stay valid
  for (const Span& span : spans_) {
    const std::string_view raw = At(span.begin, span.end);
    fields.emplace_back(span.escaped ? Unescape(raw) : raw);
  }
  return CsvStep::kRow;
}

CsvReader::CsvReader(std::unique_ptr<Parser> parser) : parser_(std::move(parser)) {}
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;
CsvReader::~CsvReader() = default;

Result<CsvReader> CsvReader::Open(const std::filesystem::path& path, const CsvOptions& options) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return Error(Code::kNotFound, "csv.not-found", "the file does not exist");
    return Error(Code::kUnavailable, "csv.open", "the file cannot be opened");
  }
  auto parser = std::make_unique<Parser>(fd, Bytes(), options);
  struct stat facts;
  if (::fstat(fd, &facts) != 0 || S_ISDIR(facts.st_mode)) {
    return Error(Code::kUnavailable, "csv.open", "the path is not a file");
  }
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);  // advice: failure is harmless
  TS_RETURN_IF_ERROR(parser->ReadHeader());
  return CsvReader(std::move(parser));
}

Result<CsvReader> CsvReader::OverBytes(Bytes text, const CsvOptions& options) {
  auto parser = std::make_unique<Parser>(-1, std::move(text), options);
  TS_RETURN_IF_ERROR(parser->ReadHeader());
  return CsvReader(std::move(parser));
}

const std::vector<std::string>& CsvReader::header() const { return parser_->header_; }
Result<CsvStep> CsvReader::Next(std::vector<CsvField>& fields) { return parser_->Next(fields); }
const std::vector<CsvProblem>& CsvReader::problems() const { return parser_->problems_; }
std::uint64_t CsvReader::row() const { return parser_->row_; }
std::uint64_t CsvReader::bytes_read() const { return parser_->BytesRead(); }
CsvField CsvReader::raw_record() const { return CsvField(parser_->RawRecord()); }

}  // namespace tallystick::agents
