#include "matcher/cli/config.h"

#include <charconv>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "agreements/toml_tree.h"
#include "base/console.h"
#include "base/file.h"
#include "base/nearest_name.h"

namespace tallystick::matcher {
namespace {

constexpr std::uint64_t kMaxConfigBytes = 64 * 1024;

Error ConfigError(Literal message) {
  return Error(Code::kInvalidArgument, "config.invalid", message);
}

using agreements::TomlEntry;
using agreements::TomlNode;

// Setting takes a value from its node; false when the type or range is wrong.
using Setting = std::function<bool(const TomlNode&)>;
using Settings = std::map<std::string, Setting, std::less<>>;

Setting Text(std::string& target) {
  return [&target](const TomlNode& node) {
    target = node.text;
    return node.kind == TomlNode::Kind::kString;
  };
}

Setting Path(std::filesystem::path& target) {
  return [&target](const TomlNode& node) {
    if (node.kind != TomlNode::Kind::kString || node.text.empty()) return false;
    target = node.text;
    return true;
  };
}

template <class T>
Setting Number(T& target, std::int64_t least, std::int64_t most) {
  return [&target, least, most](const TomlNode& node) {
    const std::int64_t value = node.integer;
    if (node.kind != TomlNode::Kind::kInteger || value < least || value > most) return false;
    target = T(static_cast<T>(value));
    return true;
  };
}

Setting Seconds(std::chrono::seconds& target) {
  return [&target](const TomlNode& node) {
    const std::int64_t value = node.integer;
    if (node.kind != TomlNode::Kind::kInteger || value < 0 || value > 86'400) return false;
    target = std::chrono::seconds(value);
    return true;
  };
}

std::string Place(const std::string& file, int line, int column) {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
}

bool Apply(const TomlNode& table, const Settings& settings, const std::string& file,
           std::string* problem) {
  for (const TomlEntry& entry : table.entries) {
    const std::string place = Place(file, entry.line, entry.column);
    const auto setting = settings.find(entry.key);
    if (setting == settings.end()) {
      std::vector<std::string_view> known;
      for (const auto& [known_name, unused] : settings) known.push_back(known_name);
      *problem = place + "unknown setting " + agreements::Quoted(entry.key);
      if (const auto nearest = NearestName(entry.key, known)) {
        *problem += "; did you mean `" + std::string(*nearest) + "`?";
      }
      return false;
    }
    if (!setting->second(entry.value)) {
      if (problem->empty()) {
        *problem = place + "`" + entry.key + "` has the wrong type or is out of range";
      }
      return false;
    }
  }
  return true;
}

Setting Table(Settings settings, std::string* problem, const std::string& file) {
  return [settings = std::move(settings), problem, file](const TomlNode& node) {
    return node.kind == TomlNode::Kind::kTable && Apply(node, settings, file, problem);
  };
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

Result<Config> ParseConfig(ByteView text, const std::filesystem::path& home, std::string* problem) {
  const std::string file = (home / "matcher.toml").string();
  Config config;
  config.data_dir = home / "data";
  config.audit_dir = home / "audit";
  problem->clear();
  Config::Limits& limits = config.limits;
  Config::Timeouts& timeouts = config.timeouts;
  const Settings settings = {
      {"id", Text(config.id)},
      {"name", Text(config.name)},
      {"listen", Text(config.listen)},
      {"public_url", Text(config.public_url)},
      {"data_dir", Path(config.data_dir)},
      {"audit_dir", Path(config.audit_dir)},
      {"limits",
       Table({{"connections", Number(limits.connections, 1, 100'000)},
              {"connections_per_address", Number(limits.connections_per_address, 1, 100'000)},
              {"worker_threads", Number(limits.worker_threads, 1, 256)},
              {"upload_floor_mib", Number(limits.upload_floor_mib, 0, 1'000'000)},
              {"linkage_memory_mib", Number(limits.linkage_memory_mib, 64, 1'000'000)},
              {"linkage_threads", Number(limits.linkage_threads, 0, 256)}},
             problem, file)},
      {"timeouts",
       Table({{"handshake", Seconds(timeouts.handshake)},
              {"header", Seconds(timeouts.header)},
              {"idle", Seconds(timeouts.idle)},
              {"drain", Seconds(timeouts.drain)},
              {"disclosure", Seconds(timeouts.disclosure)},
              {"body_bytes_per_second", Number(timeouts.body_bytes_per_second, 1, 1'000'000'000)}},
             problem, file)},
  };
  agreements::Problems problems;
  const TomlNode root = agreements::ParseToml(text, problems);
  if (!problems.empty()) {
    const agreements::Diagnostic first = problems.Sorted().front();
    *problem = Place(file, first.line, first.column) + first.message;
    return ConfigError("matcher.toml is not valid TOML");
  }
  if (!Apply(root, settings, file, problem)) return ConfigError("matcher.toml is not valid");
  if (config.data_dir.is_relative()) config.data_dir = home / config.data_dir;
  if (config.audit_dir.is_relative()) config.audit_dir = home / config.audit_dir;
  return config;
}

std::string ConfigText(const Config& config) {
  const auto number = [](auto value) { return std::to_string(value); };
  const Config::Limits& limits = config.limits;
  const Config::Timeouts& timeouts = config.timeouts;
  std::string text;
  text += "# Settings of this matcher. Unknown settings are errors. Changes need a restart.\n";
  text += "id         = " + JsonQuote(config.id) + "\n";
  text += "name       = " + JsonQuote(config.name) + "\n";
  text += "listen     = " + JsonQuote(config.listen) + "\n";
  text += "public_url = " + JsonQuote(config.public_url) +
          "   # what agents connect to; empty: https:// and listen\n";
  text += "data_dir   = \"data\"    # view and chunks\n";
  text += "audit_dir  = \"audit\"   # the commit log; may be on another file system\n\n";
  text += "[limits]\n";
  text += "connections             = " + number(limits.connections) + "\n";
  text += "connections_per_address = " + number(limits.connections_per_address) + "\n";
  text += "worker_threads          = " + number(limits.worker_threads) + "\n";
  text += "upload_floor_mib        = " + number(limits.upload_floor_mib) +
          "   # less free space: uploads get 507\n";
  text += "linkage_memory_mib      = " + number(limits.linkage_memory_mib) + "\n";
  text += "linkage_threads         = " + number(limits.linkage_threads) + "   # 0: every core\n\n";
  text += "[timeouts]   # in seconds\n";
  text += "handshake  = " + number(timeouts.handshake.count()) + "\n";
  text += "header     = " + number(timeouts.header.count()) + "\n";
  text += "idle       = " + number(timeouts.idle.count()) + "\n";
  text += "drain      = " + number(timeouts.drain.count()) + "\n";
  text += "disclosure = " + number(timeouts.disclosure.count()) + "\n";
  text += "body_bytes_per_second = " + number(timeouts.body_bytes_per_second) +
          "   # slower uploads are cut off\n";
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
