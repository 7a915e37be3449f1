// Logging: one event, one line of JSON on stderr. An event's name and its fields' names are
// literals and its values are numbers or Names, so a log line cannot carry a record's value.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/error.h"

namespace tallystick {

enum class Level { kDebug, kInfo, kWarning, kError };

// LogEvent writes {"ts":…,"level":…,"event":…,fields…} in a single write(2).
// Thread safety: any thread.
void LogEvent(Level level, Literal event, std::initializer_list<Error::Field> fields = {});

// LogError writes `error` as the fields error (its id), message and its own fields.
void LogError(Level level, Literal event, const Error& error);

// SetLogLevel drops events below `level`; the default is kInfo.
void SetLogLevel(Level level);

}  // namespace tallystick
