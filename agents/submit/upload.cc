#include "agents/submit/upload.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/file.h"
#include "proto/receipt.h"

namespace tallystick::agents {
namespace {

// The matcher syncs each chunk before it answers: several at a time keep its disk and both
// processors busy. Each holds one chunk in memory.
constexpr int kConnections = 4;

// One connection's share of the missing chunks.
class Sender {
 public:
  Sender(const AgentHome& home, std::string id_hex, const std::filesystem::path& spool,
         std::vector<std::uint32_t> missing)
      : home_(home), id_hex_(std::move(id_hex)), spool_(spool), missing_(std::move(missing)) {}

  Status Send(const std::function<void(const UploadProgress&)>& progress,
              std::uint32_t chunk_count) {
    chunk_count_ = chunk_count;
    std::vector<std::thread> threads;
    for (int i = 0; i < kConnections; ++i) {
      threads.emplace_back([&] { SendSome(progress); });
    }
    for (std::thread& thread : threads) thread.join();
    if (failure_) return *failure_;
    return Ok();
  }

 private:
  void SendSome(const std::function<void(const UploadProgress&)>& progress) {
    Result<client::MatcherClient> matcher = client::MatcherClient::Connect(home_.identity());
    if (!matcher.ok()) return Fail(matcher.error());
    for (;;) {
      const std::size_t next = next_.fetch_add(1);
      if (next >= missing_.size() || failed_.load()) return;
      const std::uint32_t index = missing_[next];
      const Result<Bytes> sealed =
          ReadFile(spool_ / "chunks" / std::to_string(index), kMaxSealedChunkBytes);
      if (!sealed.ok()) {
        // Gone is gone; what only cannot be read now is sent another time.
        if (sealed.error().code() != Code::kNotFound) return Fail(sealed.error());
        return Fail(Error(Code::kFailedPrecondition, "submission.spool",
                          "a chunk of the prepared submission is gone: submit the file again"));
      }
      const Status put = matcher->PutChunk(id_hex_, index, *sealed);
      if (!put.ok()) return Fail(put.error());
      const std::scoped_lock lock(mutex_);
      bytes_done_ += sealed->size();
      ++chunks_done_;
      progress({static_cast<std::uint32_t>(chunk_count_ - missing_.size()) + chunks_done_,
                chunk_count_, bytes_done_});
    }
  }

  void Fail(const Error& error) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = error;
    failed_.store(true);
  }

  const AgentHome& home_;
  const std::string id_hex_;
  const std::filesystem::path& spool_;
  const std::vector<std::uint32_t> missing_;
  std::uint32_t chunk_count_ = 0;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::uint32_t chunks_done_ = 0;  // guarded by mutex_
  std::uint64_t bytes_done_ = 0;   // guarded by mutex_
  std::optional<Error> failure_;   // guarded by mutex_
};

}  // namespace

Result<v1::SubmissionStatus> Upload(const AgentHome& home, const v1::Signed& manifest,
                                    const std::filesystem::path& spool,
                                    const std::function<void(const UploadProgress&)>& progress) {
  TS_ASSIGN_OR_RETURN(const v1::Manifest body,
                      Parse<v1::Manifest>(manifest.body(), kMaxManifestBytes));
  TS_ASSIGN_OR_RETURN(client::MatcherClient matcher,
                      client::MatcherClient::Connect(home.identity()));
  TS_ASSIGN_OR_RETURN(v1::SubmissionStatus status, matcher.OpenSubmission(manifest));
  if (status.phase() == "open" && status.missing_chunks_size() > 0) {
    Sender sender(home, status.id(), spool,
                  {status.missing_chunks().begin(), status.missing_chunks().end()});
    TS_RETURN_IF_ERROR(sender.Send(progress, static_cast<std::uint32_t>(body.chunks_size())));
  }
  TS_ASSIGN_OR_RETURN(status, matcher.CommitSubmission(status.id()));
  TS_ASSIGN_OR_RETURN(const crypto::VerifyKey log_key, home.identity().MatcherKey());
  TS_ASSIGN_OR_RETURN(const Checkpoint checkpoint,
                      VerifyReceipt(status.receipt(), crypto::Sha256(manifest.body()), log_key));
  // The opening of a submission has the same subject.
  if (status.receipt().event() != "submission.committed" ||
      checkpoint.origin != home.identity().matcher().log_origin()) {
    return Error(Code::kPermissionDenied, "log.verify-event",
                 "the receipt does not acknowledge that the submission was committed");
  }
  return status;
}

}  // namespace tallystick::agents
