// Reads the sections of an agreement file into an Agreement. Order matters: outputs refer to
// datasets, parties and persons, so those are read first.
#pragma once

#include "agreements/internal/table_reader.h"

namespace tallystick::agreements {

// AgreementReader fills `agreement` from `root` and reports every problem to `problems`.
class AgreementReader {
 public:
  AgreementReader(const TomlNode& root, const ParseOptions& options, Problems& problems,
                  Agreement& agreement);

  void ReadAll();

 private:
  // read_parties.cc
  void ReadHeader();
  void ReadMatcher();
  void ReadParties();
  void ReadPersons();
  // read_terms.cc
  void ReadPurpose();
  void ReadTerm();
  void ReadDisclosure();
  void ReadRetention();
  void ReadGovernance();
  // read_datasets.cc
  void ReadDatasets();
  Dataset ReadDataset(const TomlNode& table);
  void ReadIdentifiers(TableReader& reader, Dataset& dataset);
  void ReadCategories(TableReader& reader, Dataset& dataset);
  void ReadMeasures(TableReader& reader, Dataset& dataset);
  // read_linkage.cc
  void ReadLinkage();
  std::vector<MatchKey> ReadCustomMatchKeys(TableReader& linkage);
  // read_outputs.cc
  void ReadOutputs();
  Output ReadOutput(const TomlNode& table);
  void ReadRecipients(TableReader& reader, Output& output);
  void ReadMeasureRefs(TableReader& reader, Output& output);
  void ResolveDatasets(TableReader& reader, Output& output);
  std::vector<ElementRef> CategoryRefs(TableReader& reader, std::string_view key, std::size_t max,
                                       Need need);
  bool Resolve(const Listed& listed, std::string_view text, ElementRef* ref);

  Need UnlessLenient() const { return options_.lenient ? Need::kOptional : Need::kRequired; }
  void ReadKeys(TableReader& reader, Bytes& signing_key, Bytes& sealing_key, Need need);

  TableReader root_;
  const ParseOptions& options_;
  Problems& problems_;
  Agreement& agreement_;
};

}  // namespace tallystick::agreements
