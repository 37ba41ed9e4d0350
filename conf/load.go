// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// Loaded is what became of a configuration file.
type Loaded struct {
	// Config is the configuration, nil if it cannot be run.
	Config *Config
	// Diagnostics is all there is to say, in file order.
	Diagnostics []Diagnostic
	// Files are the files that were read, in order.
	Files []string
	// Missing says that the main file could not be read.
	Missing bool

	lines     *recorder // all of them
	rest      *recorder // without the blocks of virtual servers
	collector *collector
}

// Fatal says whether the configuration cannot be run.
func (l *Loaded) Fatal() bool { return l.Config == nil }

// Broken says whether the text could not be understood as it was meant: nothing
// that runs should be replaced by it.
func (l *Loaded) Broken() bool {
	return l.Fatal() || slices.ContainsFunc(l.Diagnostics, Diagnostic.Breaks)
}

// Breaks says whether the finding alone makes a configuration broken.
func (d Diagnostic) Breaks() bool {
	switch {
	case d.Severity == Fatal:
		return true
	case d.Severity != Error:
		return false
	}
	return d.Class == ClassBrace || d.Class == ClassQuote || d.Code == codeInclude.id || d.Code == codeSequence.id
}

func (o Options) load(fs fileSystem, path string) *Loaded {
	l, taken := o.loadAfter(fs, path, o.Before)
	if taken > 0 && (l.Config == nil || !l.Config.follows(o.Before)) {
		l, _ = o.loadAfter(fs, path, nil)
	}
	return l
}

// loadAfter says as well how many real servers were taken over from before.
func (o Options) loadAfter(fs fileSystem, path string, before *Config) (*Loaded, int) {
	l := &Loaded{collector: newCollector()}
	c := l.collector
	d := newDecoder(c)
	b := newTreeBuilder(c, opensTop(d.all), d.top)
	d.moves = true
	reuse := newReuser(b, before)
	take := reuse.line
	if !o.CheckOnly {
		l.lines, l.rest = newRecorder(o.Room), newRecorder(0)
		cut := cutter{emit: l.rest.add}
		take = func(one line) {
			l.lines.add(one)
			cut.line(one)
			reuse.line(one)
		}
	}
	src := newSource(fs, c, o, take)
	b.global = src.global
	l.Missing = !src.main(path)
	context := reuse.finish()
	// What was not read would only cause complaints about what is missing.
	if !src.stop {
		b.finish()
		l.Config = check(c, d.draft)
		l.Config.context = context
	}
	if c.worst() == Fatal {
		l.Config = nil
	}
	l.Files = src.files
	l.Diagnostics = c.sorted(l.Files)
	return l, reuse.taken
}
