#include "tests/unit/matcher/linkage/ladder_case.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace tallystick::matcher {

Token TokenOf(int number) {
  Token token{};
  token[7] = static_cast<std::uint8_t>(number % 5);
  token[0] = static_cast<std::uint8_t>(token[7] * 53);
  token[8] = static_cast<std::uint8_t>(255 - number / 5 % 256);
  token[15] = static_cast<std::uint8_t>(number / 1280);
  return token;
}

namespace {

std::unique_ptr<MemoryTokenColumn> ColumnOf(const SideRows& side, std::size_t key,
                                            std::uint32_t block_entries) {
  std::vector<std::pair<Token, std::uint32_t>> entries;
  for (std::uint32_t row = 0; row < side.size(); ++row) {
    for (const int number : side[row][key]) entries.emplace_back(TokenOf(number), row);
  }
  std::sort(entries.begin(), entries.end());
  std::vector<Token> tokens;
  std::vector<std::uint32_t> rows;
  for (const auto& [token, row] : entries) {
    tokens.push_back(token);
    rows.push_back(row);
  }
  return std::make_unique<MemoryTokenColumn>(std::move(tokens), std::move(rows), block_entries);
}

}  // namespace

LadderCase::LadderCase(SideRows left, SideRows right, std::size_t key_count,
                       std::uint32_t block_entries) {
  input_.left_row_count = static_cast<std::uint32_t>(left.size());
  input_.right_row_count = static_cast<std::uint32_t>(right.size());
  for (std::size_t key = 0; key < key_count; ++key) {
    columns_.push_back(ColumnOf(left, key, block_entries));
    columns_.push_back(ColumnOf(right, key, block_entries));
    input_.keys.push_back({columns_[2 * key].get(), columns_[2 * key + 1].get()});
  }
}

Linkage OracleLinkage(const SideRows& left, const SideRows& right, std::size_t key_count,
                      std::size_t max_token_rows) {
  const auto share_a_token = [&](std::size_t l, std::size_t r, std::size_t key) {
    for (const int a : left[l][key]) {
      for (const int b : right[r][key]) {
        if (a == b) return true;
      }
    }
    return false;
  };
  const auto score = [&](std::size_t l, std::size_t r) {
    int keys = 0;
    for (std::size_t key = 0; key < key_count; ++key) keys += share_a_token(l, r, key) ? 1 : 0;
    return static_cast<std::uint8_t>(keys);
  };

  Linkage linkage;
  std::vector<bool> left_linked(left.size()), right_linked(right.size());
  std::vector<bool> left_ambiguous(left.size()), right_ambiguous(right.size());
  for (std::size_t key = 0; key < key_count; ++key) {
    // Tokens that occur too often on one side, among the rows not linked in earlier passes.
    std::map<int, std::set<std::size_t>> left_rows, right_rows;
    for (std::size_t l = 0; l < left.size(); ++l) {
      if (left_linked[l]) continue;
      for (const int token : left[l][key]) left_rows[token].insert(l);
    }
    for (std::size_t r = 0; r < right.size(); ++r) {
      if (right_linked[r]) continue;
      for (const int token : right[r][key]) right_rows[token].insert(r);
    }
    std::set<int> skipped;
    for (const auto& [token, rows] : left_rows) {
      if (rows.size() > max_token_rows) skipped.insert(token);
    }
    for (const auto& [token, rows] : right_rows) {
      if (rows.size() > max_token_rows) skipped.insert(token);
    }

    std::set<std::pair<std::size_t, std::size_t>> candidates;
    for (const auto& [token, rows] : left_rows) {
      if (skipped.contains(token) || !right_rows.contains(token)) continue;
      for (const std::size_t l : rows) {
        for (const std::size_t r : right_rows.at(token)) candidates.emplace(l, r);
      }
    }
    // For each row, the scores of its candidates.
    std::map<std::size_t, std::multiset<std::uint8_t>> left_scores, right_scores;
    for (const auto& [l, r] : candidates) {
      left_scores[l].insert(score(l, r));
      right_scores[r].insert(score(l, r));
    }
    const auto is_strictly_best = [](const std::multiset<std::uint8_t>& scores, std::uint8_t s) {
      return s == *scores.rbegin() && scores.count(s) == 1;
    };
    LadderPass pass;
    pass.skipped_token_count = skipped.size();
    for (const auto& [l, scores] : left_scores) {
      if (scores.count(*scores.rbegin()) > 1) left_ambiguous[l] = true;
    }
    for (const auto& [r, scores] : right_scores) {
      if (scores.count(*scores.rbegin()) > 1) right_ambiguous[r] = true;
    }
    for (const auto& [l, r] : candidates) {
      const std::uint8_t s = score(l, r);
      if (!is_strictly_best(left_scores[l], s) || !is_strictly_best(right_scores[r], s)) continue;
      left_linked[l] = true;
      right_linked[r] = true;
      linkage.pairs.push_back({static_cast<std::uint32_t>(l), static_cast<std::uint32_t>(r),
                               static_cast<std::uint8_t>(key + 1), s});
      ++pass.linked_count;
    }
    linkage.passes.push_back(pass);
  }
  for (std::size_t l = 0; l < left.size(); ++l) {
    linkage.ambiguous_left_count += left_ambiguous[l] && !left_linked[l] ? 1 : 0;
  }
  for (std::size_t r = 0; r < right.size(); ++r) {
    linkage.ambiguous_right_count += right_ambiguous[r] && !right_linked[r] ? 1 : 0;
  }
  std::sort(linkage.pairs.begin(), linkage.pairs.end(),
            [](const LinkedPair& a, const LinkedPair& b) { return a.left < b.left; });
  return linkage;
}

}  // namespace tallystick::matcher
