// Writes the seeds of every fuzz target: seed_corpus DIRECTORY. Run it, and commit what it writes,
// when a format changes so that x_replay no longer accepts a seed. What is random in a seed (sealed
// bytes, certificates) is different in every run.
#include <cstdio>
#include <filesystem>
#include <map>

#include "agreements/witness.h"
#include "base/check.h"
#include "base/file.h"
#include "client/release_json.h"
#include "crypto/base64.h"
#include "crypto/dleq.h"
#include "crypto/elgamal.h"
#include "crypto/merkle.h"
#include "crypto/x509.h"
#include "matcher/cli/config.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "proto/errors.h"
#include "proto/invitation.h"
#include "proto/log_leaf.h"
#include "proto/receipt.h"
#include "storage/chunk_store.h"
#include "storage/commit_log.h"
#include "storage/data_keys.h"
#include "tallystick/v1/ledger.pb.h"
#include "tests/support/protocol_cast.h"
#include "tests/support/protocol_world.h"
#include "tests/support/simulated_file_system.h"

namespace tallystick {
namespace {

using agreements::Cell;
using agreements::RenderedTable;
using agreements::Side;
using agreements::TableShape;
using matcher::Cast;

// "target/seed" -> its bytes.
using Seeds = std::map<std::string, Bytes>;

Bytes Lp(ByteView bytes) {
  Bytes out;
  AppendLp(out, bytes);
  return out;
}

Bytes LogSegment() {
  constexpr char kDirectory[] = "/log";
  storage::SimulatedFileSystem disk(1);
  const auto log = storage::CommitLog::Open(disk, kDirectory, {}).value();
  TS_CHECK(log->Append(std::vector<Bytes>{"first"}).ok());
  TS_CHECK(log->Append(std::vector<Bytes>{"second", ""}).ok());
  return disk.Contents().at("/log/00000000000000000000.log");
}

void AddAgreements(const Cast& cast, Seeds& seeds) {
  seeds["agreement/two-parties"] = agreements::TestAgreementText();
  const auto& filtered =
      cast.Request("retention_by_pathway", "first", "pgarcia",
                   "[filter]\n\"candidates.completion_year\" = [\"2019\", \"2020\"]\n");
  seeds["request/plain"] = cast.Request("hired_by_pathway").file;
  seeds["request/filtered"] = filtered.file;
  seeds["signed_message/request"] = filtered.Encode();
  const matcher::CeremonyMessages& ceremony = cast.Ceremony("csun");
  seeds["signed_message/commitment"] = ceremony.commitment;
  seeds["signed_message/reveal"] = ceremony.reveal;
  seeds["signed_message/confirmation"] = ceremony.confirmation;
  const auto revocation = cast.Transition("csun", agreements::TransitionKind::kRevoke, 1);
  seeds["signed_message/revocation"] = revocation.step.message();
}

// Two by two, all leaves hidden, and the witnesses that make it safe.
void AddTables(Seeds& seeds) {
  const auto shape = TableShape::Create(agreements::Cohort::kLinked,
                                        {{"candidates.pathway", 2, false, Side::kLeft, false},
                                         {"hr.school_level", 2, false, Side::kRight, false}});
  std::vector<Cell> cells(9, Cell::Suppressed());
  cells[2] = Cell::Published(31);
  cells[5] = Cell::Published(36);
  cells[6] = Cell::Published(33);
  cells[7] = Cell::Published(34);
  cells[8] = Cell::Published(67);
  const auto table = RenderedTable::Create(shape.value(), cells).value();
  const agreements::WitnessSet witnesses{{{0, 31, 33, 3}, {31, 0, 2, 34}}};
  seeds["released_table/linked"] = Lp(table.Encode()) + Lp(witnesses.Encode());
  const auto left = TableShape::Create(agreements::Cohort::kLeft,
                                       {{"candidates.pathway", 1, false, Side::kLeft, true},
                                        {"hr.school_level", 1, true, Side::kRight, false}});
  const std::vector<Cell> shown(6, Cell::Published(20));
  seeds["released_table/left"] = Lp(RenderedTable::Create(left.value(), shown).value().Encode()) +
                                 Lp(agreements::WitnessSet().Encode());

  client::Release release;
  release.body.set_request_id("0123456789abcdef");
  release.body.set_output("hired_by_pathway");
  release.body.set_cohort("left");
  for (const char* element : {"pathway", "completion_year"}) {
    v1::Dimension* dimension = release.body.add_dimensions();
    dimension->set_dataset("candidates");
    dimension->set_element(element);
    dimension->set_party("csun");
    dimension->set_value_count(3);
  }
  release.body.set_table(table.Encode());
  release.body_bytes = Serialise(release.body);
  release.witnesses = witnesses.Encode();
  release.signatures.push_back(Cast::Sign("csun", kReleaseDomain, "body"));
  release.labels.push_back(Cast::Sign("csun", kReleaseDomain, "labels"));
  seeds["release/json"] = client::ReleaseToJson(release);
  seeds["release/body"] = release.body_bytes;
}

void AddTrustTexts(Seeds& seeds) {
  v1::Receipt receipt;
  receipt.set_event("submission.committed");
  receipt.set_sequence(1);
  receipt.set_salt(Bytes(16, 's'));
  receipt.set_subject(Bytes(crypto::Sha256("subject").view()));
  receipt.set_payload_digest(Bytes(crypto::Sha256("payload").view()));
  crypto::MerkleTree tree;
  tree.Append(crypto::LeafHash("another"));
  tree.Append(LeafHashOfReceipt(receipt).value());
  for (const auto& hash : tree.InclusionProof(1, 2)) receipt.add_inclusion(Bytes(hash.view()));
  receipt.set_checkpoint(SignCheckpoint({"tallystick/unite-la/test", 2, tree.Root()},
                                        Cast::Member("unite-la").signing_key));
  seeds["log_text/checkpoint"] = receipt.checkpoint();
  seeds["log_text/receipt"] = ReceiptText(receipt);
  v1::Invitation invitation;
  invitation.set_url("https://match.example.org");
  invitation.set_ca_spki_digest(Bytes(crypto::Sha256("ca").view()));
  invitation.set_secret(Cast::Secret("invitation"));
  invitation.set_role(v1::ROLE_INSTITUTION);
  invitation.set_id("csun");
  seeds["log_text/invitation"] = EncodeInvitation(invitation);
}

void AddSubmissions(const Cast& cast, Seeds& seeds) {
  matcher::ManifestFacts facts;
  facts.row_count = 4;
  const Bytes manifest = Lp(Serialise(cast.ManifestOf(facts)));
  const std::vector<Bytes> chunks = cast.ChunksOf(facts);
  seeds["submission/tokens"] = manifest + chunks.front();
  seeds["submission/categories"] = manifest + chunks[chunks.size() - 4];
  seeds["submission/ciphertexts"] = manifest + chunks[chunks.size() - 2];
  seeds["submission/pseudonyms"] = manifest + chunks.back();
}

// One byte says who, one what (protocol_step_fuzz.cc).
Bytes StepSeed(int who, int what, const Bytes& body) {
  return Bytes(1, static_cast<char>(who)) + Bytes(1, static_cast<char>(what)) + body;
}

void AddSteps(const Cast& cast, Seeds& seeds) {
  constexpr int kCsun = 0, kPgarcia = 3;
  v1::Proposal proposal;
  proposal.set_text(agreements::Replaced(
      agreements::Replaced(Cast::AgreementText(), "version = 1\n",
                           "version = 2\nreplaces = \"sha256:" + cast.digest_hex() + "\"\n"),
      "min_cell = 11", "min_cell = 12"));
  seeds["protocol_step/amendment"] = StepSeed(kCsun, 0, Serialise(proposal));
  const auto revocation = cast.Transition("csun", agreements::TransitionKind::kRevoke, 1);
  seeds["protocol_step/revocation"] = StepSeed(kCsun, 4, revocation.step.message());
  const Bytes first = cast.Open({.number = 1}).manifest.body();
  const auto next = cast.ManifestOf(
      {.number = 3, .sequence = 2, .previous_manifest = Bytes(crypto::Sha256(first).view())});
  seeds["protocol_step/manifest"] = StepSeed(kCsun, 5, Serialise(next));
  Bytes submission;
  TS_CHECK(FromHex(Cast::SubmissionId(1), &submission));
  seeds["protocol_step/withdrawal"] = StepSeed(kCsun, 7, submission);
  seeds["protocol_step/request"] =
      StepSeed(kPgarcia, 8, cast.Request("hired_by_pathway", "fuzz").Encode());
  seeds["protocol_step/enrolment"] =
      StepSeed(kCsun, 10, Serialise(Cast::EnrolmentOf("csun", Cast::Secret("csun"))));
  // As protocol_step_fuzz.cc has it.
  matcher::ProtocolWorld world;
  world.SubmitBoth();
  const auto measured = cast.Request("retention_by_pathway", "measured", "pgarcia",
                                     "[filter]\n\"candidates.completion_year\" = [\"2019\"]\n");
  world.Must("pgarcia", Cast::Ask(measured));
  for (const char* party : {"csun", "lausd"}) {
    world.Must(party, Cast::Verdict(party, world.Request(measured.Id())));
  }
  world.Must(matcher::kService, Cast::TableWithMeasure(world.Request(measured.Id())));
  seeds["protocol_step/opening"] =
      StepSeed(kCsun, 11, Cast::Opening("csun", world.Request(measured.Id())).opening.body());
  seeds["protocol_step/refused-verdict"] = StepSeed(kCsun, 9, "");
}

void AddWire(Seeds& seeds) {
  const auto add = [&](const char* name, int kind, const google::protobuf::MessageLite& message) {
    seeds[std::string("wire/") + name] = Bytes(1, static_cast<char>(kind)) + Serialise(message);
  };
  add("error", 0,
      ToWire(Error(Code::kPermissionDenied, "policy.refused", "the person may not ask")
                 .Refused({"AGR-X", Clause{Name("csun-lausd-2026"), 108}, "another"})));
  v1::LogEntry entry;
  entry.set_event("submission.committed");
  entry.set_sequence(7);
  entry.set_commitment(Bytes(32, 'c'));
  add("entry", 2, entry);
  v1::LogEntries entries;
  entries.set_log_size(8);
  *entries.add_entries() = entry;
  add("entries", 20, entries);
  v1::SubmissionStatus status;
  status.set_phase("open");
  status.add_missing_chunks(3);
  add("submission", 10, status);
  v1::ConsistencyProof proof;
  proof.add_hashes(Bytes(32, 'h'));
  add("consistency", 21, proof);
  v1::Partials partials;
  partials.set_points(Bytes(65, '\4'));
  partials.add_proofs(Bytes(64, 'p'));
  add("partials", 25, partials);
  v1::RequestState request;
  for (const char* party : {"csun", "lausd"}) request.add_parties(party);
  v1::Opening opening;
  TS_CHECK(opening.ParseFromString(Cast::Opening("csun", request).opening.body()));
  add("opening", 24, opening);
  v1::LedgerRecord record;
  *record.mutable_opening()->mutable_partials() = opening.partials();
  record.mutable_opening()->add_cells()->set_ciphertexts_digest(Bytes(32, 'c'));
  add("ledger", 27, record);
}

// The files as they are written; a byte says which is replaced (stored_file_fuzz.cc).
void AddStoredFiles(Seeds& seeds) {
  const auto key = crypto::SecretBytes<32>::FromBytes(Bytes(32, 'k')).value();
  const std::string plaintext = "the plaintext of a chunk";
  const crypto::Digest address = crypto::Sha256(plaintext);
  storage::SimulatedFileSystem disk(1);
  TS_CHECK(storage::ChunkStore::Open(disk, "/chunks")
               .value()
               ->Put("space", address, key, plaintext)
               .ok());
  seeds["stored_file/chunk"] =
      Bytes(1, '\0') + disk.Contents().at("/chunks/space/" + address.hex());
  TS_CHECK(storage::DataKeys::Open(disk, "/keys").value()->Create("submission").ok());
  seeds["stored_file/current"] = Bytes(1, '\3') + disk.Contents().at("/keys/CURRENT");
  seeds["stored_file/refused-key-of-keys"] = Bytes(1, '\1') + Bytes(32, 'x');
  seeds["stored_file/refused-table"] = Bytes(1, '\2') + disk.Contents().at("/keys/1.keys");
}

// The bytes within a PEM.
Bytes Der(ByteView pem) {
  const std::size_t begin = pem.find('\n') + 1;
  std::string base64(pem.substr(begin, pem.find("-----END") - begin));
  std::erase(base64, '\n');
  return crypto::FromBase64(base64).value();
}

void AddCrypto(Seeds& seeds) {
  const agreements::TestMember& reader = Cast::Member("pgarcia");
  const Bytes sealed = crypto::SealTo(reader.sealing_key.public_key(), "fuzz", "", "sealed");
  seeds["key_material/point"] = Bytes(reader.sealing_key.public_key().view());
  seeds["key_material/key"] = Bytes(reader.signing_key.verify_key().view());
  seeds["key_material/sealed"] = sealed;
  seeds["key_material/base64"] = crypto::Base64(sealed);
  const auto ca = crypto::CertificateAuthority::Create("a test", Cast::Now()).value();
  const Bytes csr =
      crypto::MakeCsr(crypto::TlsKey::Generate(), "tallystick:institution:csun").value();
  seeds["certificate/authority.pem"] = ca.certificate_pem();
  seeds["certificate/request.der"] = Der(csr);
  seeds["certificate/client.der"] =
      Der(ca.IssueClient(csr, "tallystick:institution:csun", Cast::Now(),
                         Cast::Now() + std::chrono::hours(24))
              .value());
}

// For the secret 7 and the point 5·G, as measure_fuzz.cc has them.
void AddMeasures(Seeds& seeds) {
  const crypto::Scalar secret = crypto::Scalar::FromInteger(7).value();
  const auto key = crypto::Point::MulGenerator(secret);
  const std::vector<crypto::Point> from = {
      crypto::Point::MulGenerator(crypto::Scalar::FromInteger(5).value())};
  const std::vector<crypto::Point> to = {from[0].Mul(secret)};
  seeds["measure/proof"] = crypto::ProveDleq(secret, crypto::DleqBatch::Make(key, from, to).value(),
                                             crypto::DleqContext::FromRaw("fuzz").value());
  crypto::RandomStream random;
  const std::vector<std::uint64_t> values = {1234};
  crypto::Encryptor(key).Encrypt(values, random, seeds["measure/ciphertext"]);
  seeds["measure/point"] = key.bytes();
}

void AddTexts(Seeds& seeds) {
  seeds["http_gate/get"] =
      "GET /v1/log/entries?from=1 HTTP/1.1\r\nHost: match.example.org\r\n"
      "Connection: close\r\n\r\n";
  seeds["http_gate/put"] =
      "PUT /v1/submissions/0a/chunks/3 HTTP/1.1\r\nHost: match.example.org:443\r\n"
      "Content-Length: 4096\r\nContent-Type: application/octet-stream\r\n"
      "Expect: 100-continue\r\nIdempotency-Key: 00112233445566778899AABBCCDDEEFF\r\n\r\n";
  seeds["route/entries"] = "/v1/log/entries/7";
  seeds["route/chunk"] = "/v1/submissions/00112233445566778899aabbccddeeff/chunks/3";
  seeds["route/refused-another"] = "/v1/submissions//chunks/3";
  seeds["csv/plain"] =
      "first,last,born,ssn\nAnna,O'Neil,1990-02-03,123-45-6789\n"
      "Zo\xC3\xAB,de la Cruz-Li,03/02/1990,\n";
  seeds["csv/quoted"] =
      "\xEF\xBB\xBF\"a \"\"name\"\"\",zip,\"e\nmail\"\r\n"
      "\"\xE7\x8E\x8B, Jr.\",90012-1234,a@example.org\r\n\r\n\"\",\"x\r\ny\",(213) 555-0100\r\n";
  matcher::Config config;
  config.id = "unite-la";
  config.name = "UNITE-LA";
  config.listen = "[::1]:8443";
  config.public_url = "https://match.example.org";
  seeds["config/whole"] = matcher::ConfigText(config);
  seeds["config/short"] = "id = 'm-1'\nlimits = { connections = 5 }\ntimeouts.idle = 0x10\n";
  seeds["config/refused-brackets"] = "[[[";  // toml++ would abort
  seeds["agreement/refused-brackets"] = "[[[";
  // Found by libFuzzer: toml++ 3.3 reads these with undefined behaviour.
  for (const char* target : {"agreement", "request", "config"}) {
    const std::string refused = std::string(target) + "/refused-";
    seeds[refused + "torn-byte-order-mark"] = "\xEF\xBB\xBE";
    seeds[refused + "combining-in-a-key"] = Bytes("agsun\xCD\x93\0\0\0\6 = \"Why?\"\n", 21);
  }
  seeds["config/refused-not-ascii-in-a-value"] = "Id = -'m\xC7\x95m-";
  seeds["request/refused-not-ascii-in-a-value"] = "agreement = 0\"csun\xCD\x93\"\n";
  seeds["commit_log/segment"] = Bytes("\0", 1) + LogSegment();
  seeds["commit_log/cut"] = Bytes("\1\1\1\x90\0", 5);
}

}  // namespace
}  // namespace tallystick

int main(int argc, char** argv) {
  using namespace tallystick;
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 2;
  }
  Seeds seeds;
  const Cast cast;
  AddAgreements(cast, seeds);
  AddTables(seeds);
  AddTrustTexts(seeds);
  AddSubmissions(cast, seeds);
  AddSteps(cast, seeds);
  AddWire(seeds);
  AddStoredFiles(seeds);
  AddCrypto(seeds);
  AddMeasures(seeds);
  AddTexts(seeds);
  for (const auto& [name, bytes] : seeds) {
    const std::filesystem::path path = std::filesystem::path(argv[1]) / name;
    std::filesystem::create_directories(path.parent_path());
    TS_CHECK(WriteFileDurably(path, bytes, FileMode::kShared).ok());
  }
  return 0;
}
