#include "matcher/registry/member_table.h"

#include <mutex>

#include "matcher/registry/state_reader.h"

namespace tallystick::matcher {
namespace {

constexpr std::string_view kPrefix = "member/";

}  // namespace

Status MemberTable::Load(const storage::View& view) {
  const std::unique_lock lock(mutex_);
  members_.clear();
  return ScanStates<v1::MemberState>(view, kPrefix, [this](const v1::MemberState& member) {
    members_[member.member().id()] = member;
    return true;
  });
}

void MemberTable::Follow(const storage::Mutation& mutation) {
  if (!ByteView(mutation.key).starts_with(kPrefix) || !mutation.value) return;
  Result<v1::MemberState> member = Parse<v1::MemberState>(*mutation.value, kMaxStateBytes);
  if (!member.ok()) return;
  const std::string id = member->member().id();
  const std::unique_lock lock(mutex_);
  members_[id] = *std::move(member);
}

std::optional<v1::MemberState> MemberTable::Find(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto found = members_.find(id);
  if (found == members_.end()) return std::nullopt;
  return found->second;
}

}  // namespace tallystick::matcher
