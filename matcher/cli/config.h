// HOME/matcher.toml.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace tallystick::matcher {

// Config holds every setting of the service with its default. Unknown keys are errors.
struct Config {
  std::string id;    // of the matcher, [a-z0-9-]{2,32}
  std::string name;  // for people
  std::string listen = "127.0.0.1:8443";
  std::string public_url;           // empty: https:// and the listen address
  std::filesystem::path data_dir;   // view and chunks; default HOME/data
  std::filesystem::path audit_dir;  // commit log; default HOME/audit; may be another file system

  struct Limits {
    std::uint32_t connections = 1024;
    std::uint32_t connections_per_address = 512;
    std::uint32_t worker_threads = 8;
    std::uint64_t upload_floor_mib = 512;  // free space below which uploads get 507
    std::uint64_t linkage_memory_mib = 1024;
    std::uint32_t linkage_threads = 0;  // 0: as many as there are cores
  } limits;

  struct Timeouts {
    std::chrono::seconds handshake{10};
    std::chrono::seconds header{10};
    std::chrono::seconds idle{60};
    std::chrono::seconds drain{10};
    std::chrono::seconds disclosure{60};  // a table that is not proven safe by then is refused
    std::uint64_t body_bytes_per_second = 16 * 1024;
  } timeouts;
};

// ReadConfig reads HOME/matcher.toml. Fails with "config.…"; the problem, with file and line, is
// written to `*problem` for people.
Result<Config> ReadConfig(const std::filesystem::path& home, std::string* problem);
// ParseConfig is the same from the file's text.
Result<Config> ParseConfig(ByteView text, const std::filesystem::path& home, std::string* problem);

// ConfigText writes a commented file with every setting.
std::string ConfigText(const Config& config);

// What agents connect to.
std::string PublicUrl(const Config& config);

// SplitHostPort splits "127.0.0.1:8443" or "[::1]:8443".
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
Result<HostPort> SplitHostPort(std::string_view address);

// AuthorityOf returns the host[:port] of an https URL; kInvalidArgument "config.url" otherwise.
Result<std::string> AuthorityOf(std::string_view url);

}  // namespace tallystick::matcher
