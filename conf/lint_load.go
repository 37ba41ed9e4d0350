// SPDX-License-Identifier: Apache-2.0

package conf

// Lint adds what Lint finds to l.Diagnostics, with the lines of the files.
func (l *Loaded) Lint() {
	if !l.Fatal() {
		l.extend(Lint(l.Config))
	}
}

// CheckRunnable adds what Config.Runnable says: the parts that this version leaves out.
func (l *Loaded) CheckRunnable() {
	if !l.Fatal() {
		_, left := l.Config.Runnable()
		l.extend(left)
	}
}

// LintWith compares l with the configuration of another router of a pair. What is found
// goes to the file that it has a place in.
func (l *Loaded) LintWith(other *Loaded) {
	if l.Fatal() || other.Fatal() {
		return
	}
	mine := map[string]bool{}
	for _, f := range l.Files {
		mine[f] = true
	}
	var here, there []Diagnostic
	for _, d := range LintPair(other.Config, l.Config) {
		if mine[d.File] {
			here = append(here, d)
		} else {
			there = append(there, d)
		}
	}
	l.extend(here)
	other.extend(there)
}

// extend adds diagnostics to those of loading.
func (l *Loaded) extend(found []Diagnostic) {
	for i, d := range found {
		found[i].Source = l.collector.source(d.Pos)
	}
	l.collector.list = append(l.collector.list, found...)
	l.Diagnostics = l.collector.sorted(l.Files)
}
