// What the command-line programs share: how they end.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/exit_code.h"

namespace tallystick {

enum class OutputForm { kText, kJson };

// JsonQuote returns `text` as a JSON string with its quotes. Invalid UTF-8 is passed through.
std::string JsonQuote(std::string_view text);

// Facts are names in lower_case and their values, in the order in which they are printed.
using Facts = std::vector<std::pair<std::string, std::string>>;

// FactsJson is one JSON object of strings.
std::string FactsJson(const Facts& facts);

// PrintDone tells on stdout what a command has done: `sentence` to a person, `facts` as one JSON
// object to a program.
void PrintDone(const std::string& sentence, const Facts& facts, OutputForm form);

// ErrorJson is {"error":{"id":…,"message":…,"rule":…,"clause":…,"would_pass":…}}; the last three
// only where a rule refused.
std::string ErrorJson(const Error& error);

// ReportError tells a person (one line on stderr) or a program (ErrorJson on stdout) why the
// command failed, and returns its exit code.
ExitCode ReportError(const Error& error, OutputForm form);

// ReportUsage is ReportError for arguments that could not be parsed, of which a person has been
// told already: a program that asked for JSON anywhere among them gets "usage.arguments". Returns
// kUsage.
ExitCode ReportUsage(int argc, const char* const* argv);

}  // namespace tallystick
