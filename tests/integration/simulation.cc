#include "tests/integration/simulation.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <random>
#include <utility>

#include "matcher/registry/state_reader.h"
#include "tests/integration/simulated_member.h"
#include "tests/integration/simulation_oracle.h"

namespace tallystick::matcher {
namespace {

// Virtual milliseconds.
using Moment = std::uint64_t;

constexpr Moment kFaultsEnd = 1'500;
constexpr Moment kDeadline = 60'000;
constexpr Moment kPatience = 60;  // until a client sends again
constexpr std::size_t kTraceLines = 400;
constexpr std::uint64_t kNever = 0;

// One request on its way: the same bytes, however often it is sent.
struct Attempt {
  std::string member;
  std::string idempotency_id;
  Wish wish;
  bool forbidden = false;
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, Mutant mutant) : random_(seed), matcher_(random_(), mutant) {
    temper_.submissions = 1 + Draw(3);
    temper_.withdraws_first = OneIn(3);
    temper_.suspends_once = OneIn(3);
    temper_.lausd_denies_one = OneIn(4);
    temper_.ends_in_revocation = OneIn(4);
    temper_.amends = OneIn(3);
    temper_.enrols_again = OneIn(3);
    loss_in_16_ = Draw(5);
    repeat_in_16_ = Draw(6);
    longest_delay_ = 1 + Draw(40);
    crash_every_ = 80 + Draw(400);
  }

  SimulationReport Run();

 private:
  struct Client {
    std::optional<Attempt> attempt;
    std::uint64_t sent_count = 0;
  };

  std::uint64_t Draw(std::uint64_t bound) { return random_() % bound; }
  bool OneIn(std::uint64_t n) { return Draw(n) == 0; }
  Moment Delay() { return 1 + Draw(longest_delay_); }
  bool faulty() const { return now_ < kFaultsEnd; }

  void At(Moment moment, std::function<void()> what) {
    agenda_.emplace(std::pair(moment, ++order_), std::move(what));
  }
  void Note(std::string line);

  void StartMatcher();
  void EndMatcher(std::string_view how);
  void ScheduleCrash();
  void Crash();

  void Wake(const std::string& member);
  void Send(const std::string& member);
  void Attack();
  void ReuseId();
  void Hurry();
  void Arrive(const Attempt& attempt);
  void Serve();
  bool Upload(const Attempt& attempt);
  void Reply(const Attempt& attempt, Result<Bytes> answer);
  void Receive(const Attempt& attempt, const Result<Bytes>& answer);
  void Witness();

  std::mt19937_64 random_;
  SimulatedMatcher matcher_;
  SimulationOracle oracle_;
  SimulationReport report_;
  Temper temper_;
  std::uint64_t loss_in_16_ = 0, repeat_in_16_ = 0, longest_delay_ = 1, crash_every_ = kNever;

  Moment now_ = 0;
  std::uint64_t order_ = 0;
  std::map<std::pair<Moment, std::uint64_t>, std::function<void()>> agenda_;
  std::map<std::string, Client> clients_;
  std::vector<Attempt> inbox_;
  std::optional<Attempt> used_;  // an acknowledged one, for ReuseId()
  bool serving_ = false;         // a Serve() is on the agenda
};

void Simulation::Note(std::string line) {
  if (report_.trace.size() >= kTraceLines) report_.trace.erase(report_.trace.begin());
  report_.trace.push_back(std::to_string(now_) + " ms: " + std::move(line));
}

void Simulation::StartMatcher() {
  if (faulty() && OneIn(8)) matcher_.disk().FailAfter(1 + Draw(6));
  const Status started = matcher_.Start();
  if (started.ok()) {
    Note("the matcher has started, " + std::to_string(matcher_.log().next_sequence()) + " records");
    oracle_.CheckRestart(matcher_);
    return;
  }
  if (started.error().code() != Code::kUnavailable) {
    oracle_.Violated("the matcher cannot start: " + started.error().ToString());
    return;
  }
  Note("the power goes while the matcher starts");
  EndMatcher("power cut");
}

void Simulation::EndMatcher(std::string_view how) {
  const auto fate =
      OneIn(2) ? SimulatedMatcher::ViewFate::kSurvives : SimulatedMatcher::ViewFate::kLost;
  Note(std::string(how) +
       (fate == SimulatedMatcher::ViewFate::kLost ? ", and the view is lost" : ""));
  ++report_.restart_count;
  if (how == "power cut") {
    ++report_.power_cut_count;
    matcher_.CutPower(fate);
  } else {
    matcher_.Kill(fate);
  }
  inbox_.clear();
  At(now_ + 1 + Draw(20), [this] { StartMatcher(); });
}

void Simulation::ScheduleCrash() {
  const Moment next = now_ + 1 + Draw(2 * crash_every_);
  if (next < kFaultsEnd) {
    At(next, [this] {
      Crash();
      ScheduleCrash();
    });
  }
}

void Simulation::Crash() {
  if (!matcher_.running()) return;
  switch (Draw(7)) {
    case 0:
      return EndMatcher("killed");
    case 1:
      return EndMatcher("power cut");
    case 2:  // in the middle of a write or a sync to come
    case 3:
      return matcher_.disk().FailAfter(1 + Draw(4));
    case 4:
      return matcher_.disk().FailNextSync();
    case 5:
      return matcher_.flaky_view().FailNextApply();
    default:
      Note("the disk is full for a while");
      matcher_.disk().SetCapacity(0);
      At(now_ + 30, [this] { matcher_.disk().SetCapacity(std::nullopt); });
  }
}

void Simulation::Wake(const std::string& member) {
  Client& client = clients_[member];
  if (client.attempt) {
    Send(member);
  } else if (matcher_.running()) {
    // What it sees is what is durable and applied.
    if (auto wish = NextWish(member, {matcher_.view(), matcher_.chunks()}, temper_)) {
      std::string id;
      if (member != kOperator && member != kService) {
        Bytes bytes;
        AppendU64(bytes, random_());
        AppendU64(bytes, random_());
        id = ToHex(bytes);
      }
      client.attempt = Attempt{member, std::move(id), *std::move(wish)};
      client.sent_count = 0;
      Send(member);
    }
  }
  const bool over = matcher_.running() && Finished(matcher_.view(), temper_);
  if (!over) {
    At(now_ + kPatience / 2 + Draw(kPatience), [this, member] { Wake(member); });
  }
}

void Simulation::Send(const std::string& member) {
  Client& client = clients_[member];
  const Attempt attempt = *client.attempt;
  if (client.sent_count++ > 0) ++report_.repeated_request_count;
  int copies = 1;
  if (faulty() && Draw(16) < loss_in_16_) {
    ++report_.lost_request_count;
    Note(member + "'s request is lost: " + attempt.wish.name);
    copies = 0;
  } else if (faulty() && Draw(16) < repeat_in_16_) {
    copies = 2;
  }
  for (int i = 0; i < copies; ++i) At(now_ + Delay(), [this, attempt] { Arrive(attempt); });
}

void Simulation::Attack() {
  if (faulty()) At(now_ + 50 + Draw(200), [this] { Attack(); });
  if (!matcher_.running()) return;
  Attempt attempt{"ucla", std::string(32, 'f'), ForbiddenWish(matcher_.view(), Draw(6)), true};
  Arrive(attempt);
}

// A client that uses an id for something else: a conflict, whatever it asks.
void Simulation::ReuseId() {
  if (faulty()) At(now_ + 100 + Draw(300), [this] { ReuseId(); });
  if (!used_) return;
  Attempt attempt = *used_;
  attempt.forbidden = true;
  attempt.wish.name += " as something else";
  Arrive(attempt);
}

// Nobody keeps an answer to this: the oracle looks at what it leaves behind.
void Simulation::Hurry() {
  if (faulty()) At(now_ + 20 + Draw(60), [this] { Hurry(); });
  const std::string party = OneIn(2) ? "csun" : "lausd";
  Arrive({party, "", HastyWish(party, 1 + Draw(temper_.submissions + 1))});
}

void Simulation::Arrive(const Attempt& attempt) {
  if (!matcher_.running()) return;
  inbox_.push_back(attempt);
  if (serving_) return;
  serving_ = true;
  At(now_ + Draw(6), [this] { Serve(); });
}

void Simulation::Serve() {
  serving_ = false;
  if (!matcher_.running() || inbox_.empty()) return;
  const std::vector<Attempt> batch = std::exchange(inbox_, {});
  std::vector<Event> events;
  std::vector<Attempt> decided;  // what the events are of
  for (const Attempt& attempt : batch) {
    if (!attempt.wish.chunks.empty()) {
      if (!Upload(attempt)) return EndMatcher(OneIn(2) ? "power cut" : "ended itself");
      continue;
    }
    decided.push_back(attempt);
    Event event;
    event.actor = Cast::ActorOf(attempt.member);
    event.now = Cast::Now() + std::chrono::seconds(now_ / 1000);
    event.idempotency_id = attempt.idempotency_id;
    event.request_digest = crypto::Sha256(attempt.wish.name);
    AppendU64(event.salt, random_());
    AppendU64(event.salt, random_());
    event.what = attempt.wish.what;
    events.push_back(std::move(event));
  }
  auto answers = matcher_.Handle(std::move(events));
  if (!answers) return EndMatcher(OneIn(2) ? "power cut" : "ended itself");
  oracle_.Follow(matcher_);
  for (std::size_t i = 0; i < decided.size(); ++i) Reply(decided[i], std::move((*answers)[i]));
}

// Chunks go to the disk as they come, beside the log. False: the matcher has ended.
bool Simulation::Upload(const Attempt& attempt) {
  for (const ChunkUpload& chunk : attempt.wish.chunks) {
    const std::optional<Status> put = matcher_.PutChunk(chunk);
    if (!put) return false;
    if (!put->ok()) {
      Reply(attempt, put->error());
      return true;
    }
    ++report_.chunk_count;
  }
  Reply(attempt, Bytes());
  return true;
}

void Simulation::Reply(const Attempt& attempt, Result<Bytes> answer) {
  if (faulty() && Draw(16) < loss_in_16_) {
    ++report_.lost_answer_count;
    return Note("the answer to " + attempt.member + " is lost: " + attempt.wish.name);
  }
  At(now_ + Delay(), [this, attempt, answer = std::move(answer)] { Receive(attempt, answer); });
}

void Simulation::Receive(const Attempt& attempt, const Result<Bytes>& answer) {
  Note(attempt.member + ": " + attempt.wish.name + ": " +
       (answer.ok() ? "ok" : std::string(answer.error().id())));
  if (attempt.forbidden) {
    if (answer.ok()) oracle_.Violated("forbidden and done: " + attempt.wish.name);
    return;
  }
  Client& client = clients_[attempt.member];
  const bool current = client.attempt && client.attempt->idempotency_id == attempt.idempotency_id &&
                       client.attempt->wish.name == attempt.wish.name;
  if (answer.ok()) {
    for (const ChunkUpload& chunk : attempt.wish.chunks) oracle_.ChunkAcknowledged(chunk);
    if (!attempt.idempotency_id.empty() && attempt.wish.chunks.empty()) {
      oracle_.Acknowledged(attempt.member, attempt.idempotency_id, *answer, attempt.wish.effect);
      const Bytes key = AnswerViewKey(attempt.member, attempt.idempotency_id);
      if (matcher_.running() && matcher_.view().Get(key).value()) used_ = attempt;
    }
    if (current) client.attempt.reset();
    return;
  }
  ++report_.refused_count;
  const Code code = answer.error().code();
  const bool unknown = code == Code::kUnavailable || code == Code::kExhausted;
  if (current && !unknown) client.attempt.reset();
}

void Simulation::Witness() {
  if (matcher_.running()) oracle_.Witnessed(matcher_.tree().size(), matcher_.tree().Root());
  if (faulty()) At(now_ + 20 + Draw(100), [this] { Witness(); });
}

SimulationReport Simulation::Run() {
  StartMatcher();
  ScheduleCrash();
  for (const std::string_view member :
       {std::string_view("csun"), std::string_view("lausd"), std::string_view("ucla"),
        std::string_view("pgarcia"), kOperator, kService}) {
    At(Draw(20), [this, name = std::string(member)] { Wake(name); });
  }
  At(100, [this] { Attack(); });
  At(150, [this] { ReuseId(); });
  At(120, [this] { Hurry(); });
  At(50, [this] { Witness(); });
  while (!agenda_.empty() && oracle_.violation().empty()) {
    auto next = agenda_.extract(agenda_.begin());
    now_ = next.key().first;
    if (now_ > kDeadline) break;
    next.mapped()();
  }
  if (matcher_.running()) {
    if (!Finished(matcher_.view(), temper_)) oracle_.Violated("the story does not end");
    EndMatcher("power cut");
    StartMatcher();
  }
  if (!matcher_.running()) oracle_.Violated("the matcher does not run at the end");
  if (matcher_.running()) {
    const Status scanned = ScanStates<v1::RequestState>(matcher_.view(), "request/",
                                                        [this](const v1::RequestState& request) {
                                                          if (request.release() == request.id())
                                                            ++report_.release_count;
                                                          return true;
                                                        });
    if (!scanned.ok()) oracle_.Violated("the view cannot be read");
    if (Amended(matcher_.view())) ++report_.amendment_count;
    if (EnrolledAgain(matcher_.view())) ++report_.enrolled_again_count;
  }
  report_.violation = oracle_.violation();
  report_.record_count = oracle_.record_count();
  return std::move(report_);
}

}  // namespace

SimulationReport Simulate(std::uint64_t seed, Mutant mutant) {
  return Simulation(seed, mutant).Run();
}

}  // namespace tallystick::matcher
