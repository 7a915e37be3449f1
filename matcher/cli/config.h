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

  // Sizes, counts and lengths. Formats have limits of their own (proto/limits.h), which both sides
  // know and no setting changes.
  struct Limits {
    std::uint64_t connections = 1024;
    std::uint64_t connections_per_address = 512;
    std::uint64_t worker_threads = 8;
    std::uint64_t queued_requests = 256;
    std::uint64_t header_bytes = 8192;
    std::uint64_t header_fields = 32;
    std::uint64_t target_bytes = 512;
    std::uint64_t bodies_in_flight_mib = 256;
    std::uint64_t upload_floor_mib = 512;  // free space below which uploads get 507
    std::uint64_t record_floor_mib = 64;   // free space below which nothing is recorded
    std::uint64_t view_floor_mib = 32;     // free space below which the view is not opened
    std::uint64_t linkage_memory_mib = 1024;
    std::uint64_t linkage_threads = 0;  // 0: as many as there are cores
  } limits;

  struct Timeouts {
    std::chrono::seconds handshake{10};
    std::chrono::seconds header{10};
    std::chrono::seconds idle{60};
    std::uint64_t body_bytes_per_second = 16 * 1024;
    std::chrono::seconds transfer_grace{10};
    std::chrono::seconds drain{10};
    std::chrono::seconds disclosure{60};  // a table that is not proven safe by then is refused
    std::chrono::seconds administration{10};
  } timeouts;
};

// ReadConfig reads HOME/matcher.toml. Fails with "config.…", which holds the line; the problem,
// with file, line, bounds, and what was perhaps meant, is written to `*problem` for people.
Result<Config> ReadConfig(const std::filesystem::path& home, std::string* problem);
// LoadConfig is the same, with the problem on stderr.
Result<Config> LoadConfig(const std::filesystem::path& home);
// ParseConfig is the same from the file's text.
Result<Config> ParseConfig(ByteView text, const std::filesystem::path& home, std::string* problem);

// ConfigText writes a commented file with every setting.
std::string ConfigText(Config config);

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
