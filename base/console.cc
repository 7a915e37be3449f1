#include "base/console.h"

#include <cstdio>

namespace tallystick {

std::string JsonQuote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char escape[8];
          std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(c));
          quoted += escape;
        } else {
          quoted.push_back(c);
        }
    }
  }
  quoted.push_back('"');
  return quoted;
}

std::string FactsJson(const Facts& facts) {
  std::string json = "{";
  for (const auto& [name, value] : facts) {
    json += (json.size() == 1 ? "" : ",") + JsonQuote(name) + ":" + JsonQuote(value);
  }
  return json + "}";
}

void PrintDone(const std::string& sentence, const Facts& facts, OutputForm form) {
  std::printf("%s\n", form == OutputForm::kJson ? FactsJson(facts).c_str() : sentence.c_str());
}

std::string ErrorJson(const Error& error) {
  std::string json = "{\"error\":{\"id\":" + JsonQuote(error.id());
  json += ",\"message\":" + JsonQuote(error.message());
  for (const Error::Field& field : error.fields()) {
    json += ',';
    json += JsonQuote(field.key.view());
    json += ':';
    if (const auto* number = std::get_if<std::uint64_t>(&field.value)) {
      json += std::to_string(*number);
    } else {
      json += JsonQuote(std::get<Name>(field.value).value());
    }
  }
  if (const auto& refusal = error.refusal()) {
    json += ",\"rule\":" + JsonQuote(refusal->rule.view());
    if (refusal->clause) json += ",\"clause\":" + JsonQuote(refusal->clause->ToString());
    json += ",\"would_pass\":" + JsonQuote(refusal->would_pass.view());
  }
  return json + "}}";
}

ExitCode ReportError(const Error& error, OutputForm form) {
  if (form == OutputForm::kJson) {
    std::printf("%s\n", ErrorJson(error).c_str());
    std::fflush(stdout);
    return ExitCodeOf(error);
  }
  std::string line = "error: " + error.ToString();
  if (const auto& refusal = error.refusal()) {
    line += "; refused by rule " + std::string(refusal->rule.view());
    if (refusal->clause) line += ", " + refusal->clause->ToString();
    line += "; would pass: " + std::string(refusal->would_pass.view());
  }
  std::fprintf(stderr, "%s\n", line.c_str());
  return ExitCodeOf(error);
}

ExitCode ReportUsage(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const bool json = argument == "--output=json" || (argument == "--output" && i + 1 < argc &&
                                                      argv[i + 1] == std::string("json"));
    if (!json) continue;
    return ReportError(Error(Code::kInvalidArgument, "usage.arguments",
                             "the arguments are not understood: --help lists them"),
                       OutputForm::kJson);
  }
  return ExitCode::kUsage;
}

}  // namespace tallystick
