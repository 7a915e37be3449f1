#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <string>

#include "base/clock.h"

namespace tallystick {
namespace {

std::atomic<Level> g_level{Level::kInfo};

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

// Literals and Names hold no character that JSON must escape, except a quote in prose.
void AppendQuoted(std::string& line, std::string_view text) {
  line.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') line.push_back('\\');
    line.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  }
  line.push_back('"');
}

void AppendField(std::string& line, const Error::Field& field) {
  line.push_back(',');
  AppendQuoted(line, field.key.view());
  line.push_back(':');
  if (const auto* number = std::get_if<std::uint64_t>(&field.value)) {
    line.append(std::to_string(*number));
  } else {
    AppendQuoted(line, std::get<Name>(field.value).value());
  }
}

std::string Prefix(Level level, Literal event) {
  std::string line = "{\"ts\":\"" + FormatTime(SystemClock().Now()) + "\",\"level\":\"";
  line.append(LevelName(level)).append("\",\"event\":");
  AppendQuoted(line, event.view());
  return line;
}

void WriteLine(std::string line) {
  line.append("}\n");
  // A log line that cannot be written has nowhere to be reported.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void SetLogLevel(Level level) { g_level.store(level, std::memory_order_relaxed); }

void LogEvent(Level level, Literal event, std::initializer_list<Error::Field> fields) {
  if (level < g_level.load(std::memory_order_relaxed)) return;
  std::string line = Prefix(level, event);
  for (const Error::Field& field : fields) AppendField(line, field);
  WriteLine(std::move(line));
}

void LogError(Level level, Literal event, const Error& error) {
  if (level < g_level.load(std::memory_order_relaxed)) return;
  std::string line = Prefix(level, event);
  line.append(",\"error\":");
  AppendQuoted(line, error.id());
  line.append(",\"message\":");
  AppendQuoted(line, error.message());
  for (const Error::Field& field : error.fields()) AppendField(line, field);
  WriteLine(std::move(line));
}

}  // namespace tallystick
