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
#include "crypto/merkle.h"
#include "crypto/x509.h"
#include "matcher/cli/config.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "proto/invitation.h"
#include "proto/log_leaf.h"
#include "proto/receipt.h"
#include "storage/commit_log.h"
#include "tests/support/protocol_cast.h"
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
  seeds["submission/categories"] = manifest + chunks[chunks.size() - 2];
  seeds["submission/pseudonyms"] = manifest + chunks.back();
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

void AddTexts(Seeds& seeds) {
  seeds["http_gate/get"] =
      "GET /v1/log/entries?from=1 HTTP/1.1\r\nHost: match.example.org\r\n"
      "Connection: close\r\n\r\n";
  seeds["http_gate/put"] =
      "PUT /v1/submissions/0a/chunks/3 HTTP/1.1\r\nHost: match.example.org:443\r\n"
      "Content-Length: 4096\r\nContent-Type: application/octet-stream\r\n"
      "Expect: 100-continue\r\nIdempotency-Key: 00112233445566778899AABBCCDDEEFF\r\n\r\n";
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
  AddCrypto(seeds);
  AddTexts(seeds);
  for (const auto& [name, bytes] : seeds) {
    const std::filesystem::path path = std::filesystem::path(argv[1]) / name;
    std::filesystem::create_directories(path.parent_path());
    TS_CHECK(WriteFileDurably(path, bytes, FileMode::kShared).ok());
  }
  return 0;
}
