package import Records

extension EvaluationSelection {
  /// "unseen clients, global model, norm source average"; the source is the one given where the selection names none.
  package func words(_ source: NormSource?) -> String {
    var parts = [
      subject == .client ? "clients" : subject == .union ? "all clients together" : "unseen clients",
      "\(model.rawValue) model",
    ]
    if split == .validation { parts.append("validation examples") }
    if phase == .afterTraining { parts.append("after training") }
    if let source = normSource ?? source { parts.append("norm source \(source.rawValue)") }
    return parts.joined(separator: ", ")
  }

  /// Whether `selection` means evaluations of this kind, whose norm source is named.
  package func isMeant(by selection: EvaluationSelection) -> Bool {
    subject == selection.subject && model == selection.model && phase == selection.phase
      && split == selection.split && (selection.normSource == nil || selection.normSource == normSource)
  }
}
