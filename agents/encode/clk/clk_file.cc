#include "agents/encode/clk/clk_file.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "crypto/base64.h"

namespace tallystick::agents {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxClkText = 2 * kMaxClkBits / 8;  // base64, with room for line breaks

Error Refuse(Literal message) { return Error(Code::kInvalidArgument, "clk.file", message); }

// Collects CLKs while the parser walks the file, so that the file never stands in memory as a
// tree. Its methods are what boost::json::basic_parser calls; each returns whether to go on.
class ClkHandler {
 public:
  static constexpr std::size_t max_object_size = 64;
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = 1024;
  static constexpr std::size_t max_string_size = 1u << 20;

  explicit ClkHandler(std::size_t clk_bits) : bits_(clk_bits) {
    column_.clk_bytes = (clk_bits + 7) / 8;
  }

  Result<ClkColumn> Finish() {
    if (failure_) return *std::move(failure_);
    if (!found_) return Refuse("the file has neither clks nor clknblocks at its top level");
    return std::move(column_);
  }
  bool failed() const { return failure_.has_value(); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& error) {
    const int outside = depth_++;
    if (outside == 1 && list_ != List::kOther) {
      return Fail(error, Refuse("clks and clknblocks are lists"));
    }
    return !inside() || Fail(error, Refuse("a CLK is an object"));
  }
  bool on_object_end(std::size_t, json::error_code&) {
    --depth_;
    return true;
  }
  bool on_array_begin(json::error_code& error) {
    ++depth_;
    if (depth_ == 1) return Fail(error, Refuse("a CLK file is one JSON object"));
    if (depth_ == 2) in_list_ = list_ != List::kOther;
    if (inside() && depth_ == 3) {
      if (list_ != List::kBlocks) return Fail(error, Refuse("a CLK is a list"));
      first_of_row_ = true;
    }
    if (inside() && depth_ > 3) return Fail(error, Refuse("a CLK is a list"));
    return true;
  }
  bool on_array_end(std::size_t count, json::error_code& error) {
    if (inside() && depth_ == 3 && count == 0) return Fail(error, Refuse("a row has no CLK"));
    if (--depth_ == 1) in_list_ = false;
    return true;
  }
  bool on_key_part(std::string_view part, std::size_t, json::error_code&) {
    text_.append(part);
    return true;
  }
  bool on_key(std::string_view part, std::size_t, json::error_code& error) {
    text_.append(part);
    if (depth_ == 1) {
      list_ =
          text_ == "clks" ? List::kClks : (text_ == "clknblocks" ? List::kBlocks : List::kOther);
      if (list_ != List::kOther && found_) {
        return Fail(error, Refuse("the file has CLKs twice"));
      }
      found_ = found_ || list_ != List::kOther;
    }
    text_.clear();
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, json::error_code& error) {
    if (inside()) text_.append(part);
    return text_.size() <= kMaxClkText || Fail(error, AtRow("a CLK is too long"));
  }
  bool on_string(std::string_view part, std::size_t size, json::error_code& error) {
    if (!on_string_part(part, size, error)) return false;
    if (!inside()) return Scalar(error);
    const bool is_clk = list_ == List::kClks || first_of_row_;
    if (depth_ == 2 && list_ == List::kBlocks) {
      return Fail(error, AtRow("a row is a list of a CLK and its blocks"));
    }
    first_of_row_ = false;
    if (is_clk && !AddClk(error)) return false;
    text_.clear();
    return true;
  }
  bool on_number_part(std::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, std::string_view, json::error_code& e) { return Scalar(e); }
  bool on_uint64(std::uint64_t, std::string_view, json::error_code& e) { return Scalar(e); }
  bool on_double(double, std::string_view, json::error_code& e) { return Scalar(e); }
  bool on_bool(bool, json::error_code& e) { return Scalar(e); }
  bool on_null(json::error_code& e) { return Scalar(e); }
  bool on_comment_part(std::string_view, json::error_code&) { return true; }
  bool on_comment(std::string_view, json::error_code&) { return true; }

 private:
  enum class List { kOther, kClks, kBlocks };

  bool inside() const { return in_list_; }

  Error AtRow(Literal message) const { return Refuse(message).With("row", column_.size() + 1); }

  bool Fail(json::error_code& error, Error failure) {
    error = json::error::syntax;  // only to stop the parser
    failure_ = std::move(failure);
    return false;
  }

  // A value that is neither text nor a container.
  bool Scalar(json::error_code& error) {
    if (depth_ == 1 && list_ != List::kOther) {
      return Fail(error, Refuse("clks and clknblocks are lists"));
    }
    return !inside() || Fail(error, AtRow("a CLK is not text"));
  }

  bool AddClk(json::error_code& error) {
    std::erase_if(text_, [](char c) { return c == '\n' || c == '\r'; });
    const auto clk = crypto::FromBase64(text_);
    if (!clk.ok()) return Fail(error, AtRow("a CLK is no base64"));
    if (clk->empty()) return Fail(error, AtRow("a CLK is empty"));
    if (column_.clk_bytes == 0) column_.clk_bytes = clk->size();
    if (clk->size() != column_.clk_bytes) {
      return Fail(error, AtRow("a CLK has another length")
                             .With("expected", column_.clk_bytes)
                             .With("actual", clk->size()));
    }
    const unsigned unused = static_cast<unsigned>(8 * column_.clk_bytes - bits_);
    if (bits_ != 0 && unused < 8 &&
        (static_cast<unsigned char>(clk->back()) & ((1u << unused) - 1)) != 0) {
      return Fail(error, AtRow("a CLK has bits set behind its end"));
    }
    column_.bytes.append(*clk);
    return true;
  }

  const std::size_t bits_;
  ClkColumn column_;
  std::optional<Error> failure_;
  std::string text_;  // of the key or string that is being read
  int depth_ = 0;
  List list_ = List::kOther;
  bool in_list_ = false;
  bool found_ = false;
  bool first_of_row_ = false;
};

Status CheckHeader(const CsvReader& reader, const LinkageSchema& schema) {
  const std::vector<std::string>& header = reader.header();
  if (header.size() != schema.features.size()) {
    return Error(Code::kInvalidArgument, "clk.header",
                 "the file has another number of columns than the schema has features")
        .With("features", schema.features.size())
        .With("columns", header.size());
  }
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (header[i] != schema.features[i].identifier) {
      return Error(Code::kInvalidArgument, "clk.header",
                   "a column's name is not the schema's identifier in this place")
          .With("column", i + 1);
    }
  }
  return Ok();
}

}  // namespace

Result<ClkColumn> EncodeClks(CsvReader& reader, const LinkageSchema& schema,
                             const crypto::SecretBuffer& secret) {
  TS_RETURN_IF_ERROR(CheckHeader(reader, schema));
  ClkEncoder encoder = ClkEncoder::Create(schema, secret);
  ClkColumn column;
  column.clk_bytes = encoder.clk_bytes();
  std::vector<CsvField> fields;
  while (true) {
    TS_ASSIGN_OR_RETURN(const CsvStep step, reader.Next(fields));
    if (step == CsvStep::kEnd) return column;
    if (step == CsvStep::kBadRow) {
      return Error(Code::kInvalidArgument, "clk.row", reader.problems().front().rule)
          .With("row", reader.row());
    }
    const std::size_t at = column.bytes.size();
    column.bytes.resize(at + column.clk_bytes);
    const Status encoded =
        encoder.Encode(fields, reinterpret_cast<std::uint8_t*>(column.bytes.data()) + at);
    if (!encoded.ok()) return Error(encoded.error()).With("row", reader.row());
  }
}

std::string ClkJson(const ClkColumn& column) {
  std::string out = "{\"clks\": [";
  out.reserve(32 + column.size() * (column.clk_bytes / 3 * 4 + 8));
  for (std::size_t row = 0; row < column.size(); ++row) {
    out += row == 0 ? "\"" : ", \"";
    out += crypto::Base64(column[row]);
    out += '"';
  }
  out += "]}";
  return out;
}

Result<ClkColumn> ParseClkJson(ByteView text, std::size_t clk_bits) {
  if (clk_bits > kMaxClkBits) return Refuse("a CLK has at most 65,536 bits");
  json::parse_options options;
  options.max_depth = 8;
  json::basic_parser<ClkHandler> parser(options, clk_bits);
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (parser.handler().failed()) return parser.handler().Finish();
  if (error || read != text.size()) return Refuse("the file is not JSON");
  return parser.handler().Finish();
}

}  // namespace tallystick::agents
