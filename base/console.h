// What the command-line programs share: how they end.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/exit_code.h"

namespace tallystick {

enum class OutputForm { kText, kJson };

// JsonQuote returns `text` as a JSON string with its quotes. Invalid UTF-8 is passed through.
std::string JsonQuote(std::string_view text);

// ErrorJson is {"error":{"id":…,"message":…,"rule":…,"clause":…,"would_pass":…}}; the last three
// only where a rule refused.
std::string ErrorJson(const Error& error);

// ReportError tells a person (one line on stderr) or a program (ErrorJson on stdout) why the
// command failed, and returns its exit code.
ExitCode ReportError(const Error& error, OutputForm form);

}  // namespace tallystick
