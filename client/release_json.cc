#include "client/release_json.h"

#include <boost/json.hpp>

#include "base/console.h"
#include "crypto/base64.h"
#include "proto/codec.h"

namespace tallystick::client {
namespace {

namespace json = boost::json;

constexpr std::string_view kSchema = "tallystick/release/1";

Error Malformed() {
  return Error(Code::kInvalidArgument, "release.malformed", "release.json is malformed");
}

std::string SignedList(const std::vector<v1::Signed>& list) {
  std::string text = "[";
  for (const v1::Signed& it : list) {
    text += text.size() == 1 ? "\n    {" : ",\n    {";
    text += "\"signer\": " + JsonQuote(it.signer());
    if (!it.body().empty()) text += ", \"body\": " + JsonQuote(crypto::Base64(it.body()));
    text += ", \"signature\": " + JsonQuote(crypto::Base64(it.signature())) + "}";
  }
  return text + "\n  ]";
}

Result<std::vector<Bytes>> BytesListOf(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return Malformed();
  std::vector<Bytes> list;
  for (const json::value& entry : value->get_array()) {
    if (!entry.is_string()) return Malformed();
    TS_ASSIGN_OR_RETURN(Bytes bytes, crypto::FromBase64(std::string_view(entry.get_string())));
    list.push_back(std::move(bytes));
  }
  return list;
}

Result<Bytes> BytesOf(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return Malformed();
  return crypto::FromBase64(std::string_view(value->get_string()));
}

Result<std::vector<v1::Signed>> SignedListOf(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return Malformed();
  std::vector<v1::Signed> list;
  for (const json::value& entry : value->get_array()) {
    if (!entry.is_object()) return Malformed();
    const json::object& fields = entry.get_object();
    const json::value* signer = fields.if_contains("signer");
    if (signer == nullptr || !signer->is_string()) return Malformed();
    v1::Signed item;
    item.set_signer(std::string(signer->get_string()));
    TS_ASSIGN_OR_RETURN(const Bytes signature, BytesOf(fields, "signature"));
    item.set_signature(signature);
    if (fields.contains("body")) {
      TS_ASSIGN_OR_RETURN(const Bytes body, BytesOf(fields, "body"));
      item.set_body(body);
    }
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace

Bytes ReleaseToJson(const Release& release) {
  const auto base64 = [](ByteView bytes) { return JsonQuote(crypto::Base64(bytes)); };
  std::string text = "{\n  \"schema\": " + JsonQuote(kSchema);
  text += ",\n  \"request\": " + JsonQuote(release.body.request_id());
  text += ",\n  \"agreement\": " + JsonQuote(release.agreement.id);
  text += ",\n  \"output\": " + JsonQuote(release.body.output());
  text += ",\n  \"release_digest\": " + JsonQuote(crypto::Sha256(release.body_bytes).hex());
  text += ",\n  \"body\": " + base64(release.body_bytes);
  text += ",\n  \"witnesses\": " + base64(release.witnesses);
  if (!release.measure_witnesses.empty()) {
    text += ",\n  \"measure_witnesses\": [";
    for (std::size_t m = 0; m < release.measure_witnesses.size(); ++m) {
      text += (m == 0 ? "" : ", ") + base64(release.measure_witnesses[m]);
    }
    text += "]";
  }
  text += ",\n  \"signed_request\": " + base64(release.request);
  text += ",\n  \"request_file\": " + base64(release.request_file);
  text += ",\n  \"matcher\": " + base64(Serialise(release.matcher));
  text += ",\n  \"signatures\": " + SignedList(release.signatures);
  text += ",\n  \"labels\": " + SignedList(release.labels);
  return text + "\n}\n";
}

Result<Release> ReleaseFromJson(ByteView text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return Malformed();
  const json::object& object = value.get_object();
  Release release;
  TS_ASSIGN_OR_RETURN(release.body_bytes, BytesOf(object, "body"));
  TS_ASSIGN_OR_RETURN(release.body, Parse<v1::ReleaseBody>(release.body_bytes, kMaxReleaseBytes));
  TS_ASSIGN_OR_RETURN(release.witnesses, BytesOf(object, "witnesses"));
  if (object.contains("measure_witnesses")) {
    TS_ASSIGN_OR_RETURN(release.measure_witnesses, BytesListOf(object, "measure_witnesses"));
  }
  TS_ASSIGN_OR_RETURN(release.request, BytesOf(object, "signed_request"));
  TS_ASSIGN_OR_RETURN(release.request_file, BytesOf(object, "request_file"));
  TS_ASSIGN_OR_RETURN(const Bytes matcher, BytesOf(object, "matcher"));
  TS_ASSIGN_OR_RETURN(release.matcher, Parse<v1::MatcherDescription>(matcher));
  TS_ASSIGN_OR_RETURN(release.signatures, SignedListOf(object, "signatures"));
  TS_ASSIGN_OR_RETURN(release.labels, SignedListOf(object, "labels"));
  return release;
}

}  // namespace tallystick::client
