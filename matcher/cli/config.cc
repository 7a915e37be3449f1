#include "matcher/cli/config.h"

#include <charconv>
#include <cstdio>
#include <functional>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "agreements/toml_tree.h"
#include "base/console.h"
#include "base/file.h"
#include "base/nearest_name.h"

namespace tallystick::matcher {
namespace {

constexpr std::uint64_t kMaxConfigBytes = 64 * 1024;
constexpr std::uint64_t kDaySeconds = 86'400;

using agreements::TomlEntry;
using agreements::TomlNode;

// A setting that is a whole number, where it goes, and its bounds, which it may reach.
struct NumberSetting {
  std::string_view key;
  std::variant<std::uint64_t*, std::chrono::seconds*> target;
  std::uint64_t least, most;
  std::string_view comment;

  std::uint64_t value() const {
    if (const auto* seconds = std::get_if<std::chrono::seconds*>(&target)) {
      return static_cast<std::uint64_t>((*seconds)->count());
    }
    return *std::get<std::uint64_t*>(target);
  }
  void set(std::uint64_t value) const {
    if (const auto* seconds = std::get_if<std::chrono::seconds*>(&target)) {
      **seconds = std::chrono::seconds(value);
    } else {
      *std::get<std::uint64_t*>(target) = value;
    }
  }
};
using NumberSettings = std::vector<NumberSetting>;

// The lower bounds leave room for what the programs of this version send.
NumberSettings LimitSettings(Config::Limits& limits) {
  return {
      {"connections", &limits.connections, 1, 100'000, "about 100 KiB each"},
      {"connections_per_address", &limits.connections_per_address, 1, 100'000,
       "IPv4 address or IPv6 /64"},
      {"worker_threads", &limits.worker_threads, 1, 256, "requests handled at once"},
      {"queued_requests", &limits.queued_requests, 1, 100'000, "waiting for a worker, then 503"},
      {"header_bytes", &limits.header_bytes, 1024, 65'536, "more: 431"},
      {"header_fields", &limits.header_fields, 8, 1024, "more: 431"},
      {"target_bytes", &limits.target_bytes, 256, 8192, "more: 414"},
      {"bodies_in_flight_mib", &limits.bodies_in_flight_mib, 8, 1'000'000, "all bodies, then 503"},
      {"upload_floor_mib", &limits.upload_floor_mib, 0, 1'000'000,
       "less free space: uploads get 507"},
      {"record_floor_mib", &limits.record_floor_mib, 16, 1'000'000,
       "less free space: nothing is recorded"},
      // Not less: RocksDB may abort the process on a full disk.
      {"view_floor_mib", &limits.view_floor_mib, 32, 1'000'000,
       "less free space: no start, and at twice as much nothing is recorded"},
      {"linkage_memory_mib", &limits.linkage_memory_mib, 64, 1'000'000, "more: refused"},
      {"linkage_threads", &limits.linkage_threads, 0, 256, "0: every core"},
  };
}

NumberSettings TimeoutSettings(Config::Timeouts& timeouts) {
  return {
      {"handshake", &timeouts.handshake, 1, kDaySeconds, "TLS"},
      {"header", &timeouts.header, 1, kDaySeconds, "from its first byte to its last"},
      {"idle", &timeouts.idle, 1, kDaySeconds, "from an answer to the next request"},
      {"body_bytes_per_second", &timeouts.body_bytes_per_second, 1, 1'000'000'000,
       "slower transfers are cut off"},
      {"transfer_grace", &timeouts.transfer_grace, 0, kDaySeconds,
       "how far a transfer may be behind"},
      {"drain", &timeouts.drain, 0, kDaySeconds, "for running requests, after SIGTERM"},
      {"disclosure", &timeouts.disclosure, 1, kDaySeconds,
       "a table not proven safe by then is refused"},
      {"administration", &timeouts.administration, 1, kDaySeconds,
       "for a question at admin.sock to arrive"},
  };
}

// Where a file is wrong, and how, for people.
struct Problem {
  int line = 0, column = 0;
  std::string text;

  std::string ToString(const std::string& file) const {
    return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + text;
  }
};

// Setting takes a value from its node; returns what it should have been, or nothing.
using Expected = std::optional<std::string>;
using Setting = std::function<Expected(const TomlNode&)>;
using Settings = std::map<std::string, Setting, std::less<>>;

Setting Text(std::string& target) {
  return [&target](const TomlNode& node) -> Expected {
    if (node.kind != TomlNode::Kind::kString) return "a text in quotes";
    target = node.text;
    return std::nullopt;
  };
}

Setting Path(std::filesystem::path& target) {
  return [&target](const TomlNode& node) -> Expected {
    if (node.kind != TomlNode::Kind::kString || node.text.empty()) return "a path in quotes";
    target = node.text;
    return std::nullopt;
  };
}

Setting Number(const NumberSetting& setting) {
  return [setting](const TomlNode& node) -> Expected {
    const std::int64_t value = node.integer;
    if (node.kind != TomlNode::Kind::kInteger || value < static_cast<std::int64_t>(setting.least) ||
        value > static_cast<std::int64_t>(setting.most)) {
      return "a whole number from " + std::to_string(setting.least) + " to " +
             std::to_string(setting.most);
    }
    setting.set(static_cast<std::uint64_t>(value));
    return std::nullopt;
  };
}

std::optional<Problem> Apply(const TomlNode& table, const Settings& settings) {
  for (const TomlEntry& entry : table.entries) {
    const auto setting = settings.find(entry.key);
    if (setting == settings.end()) {
      std::vector<std::string_view> known;
      for (const auto& [known_name, unused] : settings) known.push_back(known_name);
      Problem problem{entry.line, entry.column, "unknown setting " + agreements::Quoted(entry.key)};
      if (const auto nearest = NearestName(entry.key, known)) {
        problem.text += "; did you mean `" + std::string(*nearest) + "`?";
      }
      return problem;
    }
    if (const Expected expected = setting->second(entry.value)) {
      return Problem{entry.line, entry.column, "`" + entry.key + "` must be " + *expected};
    }
  }
  return std::nullopt;
}

// A table of numbers, whose first problem goes to `*problem`.
Setting Table(const NumberSettings& numbers, std::optional<Problem>* problem) {
  Settings settings;
  for (const NumberSetting& it : numbers) settings.emplace(it.key, Number(it));
  return [settings = std::move(settings), problem](const TomlNode& node) -> Expected {
    if (node.kind != TomlNode::Kind::kTable) return "a table";
    *problem = Apply(node, settings);
    if (*problem) return "right";
    return std::nullopt;
  };
}

void WriteNumbers(const NumberSettings& settings, std::string& text) {
  std::size_t width = 0;
  for (const NumberSetting& it : settings) width = std::max(width, it.key.size());
  for (const NumberSetting& it : settings) {
    std::string line(it.key);
    line.append(width - line.size(), ' ');
    line += " = " + std::to_string(it.value());
    line.append(line.size() < width + 11 ? width + 11 - line.size() : 1, ' ');
    text += line + "# " + std::string(it.comment) + "\n";
  }
}

}  // namespace

Result<Config> ReadConfig(const std::filesystem::path& home, std::string* problem) {
  const std::string file = (home / "matcher.toml").string();
  const Result<Bytes> text = ReadFile(file, kMaxConfigBytes);
  if (!text.ok()) {
    *problem = file + ": cannot be read; has `tallystick-matcher init` been run for this home?";
    return Error(Code::kInvalidArgument, "config.missing", "there is no matcher.toml in this home");
  }
  return ParseConfig(*text, home, problem);
}

Result<Config> LoadConfig(const std::filesystem::path& home) {
  std::string problem;
  Result<Config> config = ReadConfig(home, &problem);
  if (!config.ok()) std::fprintf(stderr, "%s\n", problem.c_str());
  return config;
}

Result<Config> ParseConfig(ByteView text, const std::filesystem::path& home, std::string* problem) {
  Config config;
  config.data_dir = home / "data";
  config.audit_dir = home / "audit";
  problem->clear();
  std::optional<Problem> in_table;
  const Settings settings = {
      {"id", Text(config.id)},
      {"name", Text(config.name)},
      {"listen", Text(config.listen)},
      {"public_url", Text(config.public_url)},
      {"data_dir", Path(config.data_dir)},
      {"audit_dir", Path(config.audit_dir)},
      {"limits", Table(LimitSettings(config.limits), &in_table)},
      {"timeouts", Table(TimeoutSettings(config.timeouts), &in_table)},
  };
  agreements::Problems problems;
  const TomlNode root = agreements::ParseToml(text, problems);
  std::optional<Problem> found;
  if (!problems.empty()) {
    const agreements::Diagnostic first = problems.Sorted().front();
    found = Problem{first.line, first.column, first.message};
  } else {
    found = Apply(root, settings);
    if (in_table) found = in_table;
  }
  if (found) {
    *problem = found->ToString((home / "matcher.toml").string());
    return Error(Code::kInvalidArgument, "config.invalid", "matcher.toml is not valid")
        .With("line", static_cast<std::uint64_t>(found->line));
  }
  if (config.data_dir.is_relative()) config.data_dir = home / config.data_dir;
  if (config.audit_dir.is_relative()) config.audit_dir = home / config.audit_dir;
  return config;
}

std::string ConfigText(Config config) {
  std::string text;
  text += "# Settings of this matcher. Unknown settings are errors. Changes need a restart.\n";
  text += "id         = " + JsonQuote(config.id) + "\n";
  text += "name       = " + JsonQuote(config.name) + "\n";
  text += "listen     = " + JsonQuote(config.listen) + "\n";
  text += "public_url = " + JsonQuote(config.public_url) +
          "   # what agents connect to; empty: https:// and listen\n";
  text += "data_dir   = \"data\"    # view and chunks\n";
  text += "audit_dir  = \"audit\"   # the commit log; may be on another file system\n";
  text += "\n[limits]\n";
  WriteNumbers(LimitSettings(config.limits), text);
  text += "\n[timeouts]   # in seconds\n";
  WriteNumbers(TimeoutSettings(config.timeouts), text);
  return text;
}

std::string PublicUrl(const Config& config) {
  return config.public_url.empty() ? "https://" + config.listen : config.public_url;
}

Result<HostPort> SplitHostPort(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return Error(Code::kInvalidArgument, "config.listen", "an address is HOST:PORT");
  }
  HostPort result;
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  result.host = std::string(host);
  const std::string_view port = address.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || host.empty()) {
    return Error(Code::kInvalidArgument, "config.listen", "an address is HOST:PORT");
  }
  return result;
}

Result<std::string> AuthorityOf(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme)) {
    return Error(Code::kInvalidArgument, "config.url", "the public URL starts with https://");
  }
  url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  if (url.empty() || url.find('/') != std::string_view::npos) {
    return Error(Code::kInvalidArgument, "config.url",
                 "the public URL is https://HOST or https://HOST:PORT");
  }
  return std::string(url);
}

}  // namespace tallystick::matcher
