// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// snapshotHead begins every snapshot. Its number is raised when the form changes.
const snapshotHead = "vipward lines 4\n"

// What stands in front of each entry of a snapshot.
const (
	entryFile = 'f'
	entryLine = 'l'
	// entryAgain is a line without segs whose text is that of a line before.
	entryAgain = 'a'
)

// recorder keeps the logical lines with their places, as they are read: what is
// left when includes, conditions, definitions and sequences are done.
type recorder struct {
	out   []byte // the chunk that is being filled
	full  [][]byte
	files map[string]int
	texts map[string]int // that may come again
	num   int            // of the line before
}

// How many texts of lines are remembered, and how long they may be: what comes again and again is
// short.
const (
	knownTexts    = 500
	knownTextSize = 40
)

// newRecorder makes one that has room for so many bytes before it needs more.
func newRecorder(room int) *recorder {
	out := append(make([]byte, 0, room+recorderChunk), snapshotHead...)
	return &recorder{files: map[string]int{}, texts: map[string]int{}, out: out}
}

// add writes one line.
func (r *recorder) add(l line) {
	file := r.file(l.file)
	again, known := r.texts[l.text]
	if known = known && len(l.segs) == 0; known {
		r.room(0)
		r.out = append(r.out, entryAgain)
	} else {
		r.room(len(l.text) + entryBytes*len(l.segs))
		r.out = append(r.out, entryLine)
	}
	r.ints(file, l.num-r.num, int(l.first), int(l.end)-len(l.text), int(l.via))
	r.num = l.num
	if known {
		r.ints(again)
		return
	}
	if len(l.segs) == 0 && keepsText(len(r.texts), l.text) {
		r.texts[l.text] = len(r.texts)
	}
	r.segs(l.segs)
	r.text(l.text)
}

// file gives the number of a file, which is written when it comes up.
func (r *recorder) file(name string) int {
	n, ok := r.files[name]
	if !ok {
		n = len(r.files)
		r.files[name] = n
		r.room(len(name))
		r.out = append(r.out, entryFile)
		r.text(name)
	}
	return n
}

func (r *recorder) segs(segs []seg) {
	r.ints(len(segs))
	for _, s := range segs {
		fixed := 0
		if s.fixed {
			fixed = 1
		}
		r.ints(int(s.at), int(s.col), int(s.via), fixed)
	}
}

// keepsText says whether somebody who knows so many texts of lines remembers this one.
func keepsText(known int, text string) bool { return known < knownTexts && len(text) <= knownTextSize }

// The size of a chunk, and a bound for the numbers of an entry or of a seg.
const (
	recorderChunk = 64 << 10
	entryBytes    = 64
)

// room starts a new chunk if the current one lacks room for n bytes of text.
func (r *recorder) room(n int) {
	if n += entryBytes; cap(r.out)-len(r.out) < n {
		r.full = append(r.full, r.out)
		r.out = make([]byte, 0, max(n, recorderChunk))
	}
}

func (r *recorder) ints(list ...int) {
	for _, n := range list {
		r.out = binary.AppendVarint(r.out, int64(n))
	}
}

// bytes gives all that was written, as a snapshot.
func (r *recorder) bytes() []byte {
	if len(r.full) == 0 {
		return r.out[:len(r.out):len(r.out)]
	}
	return slices.Concat(append(r.full[:len(r.full):len(r.full)], r.out)...)
}

func (r *recorder) text(s string) {
	r.ints(len(s))
	r.out = append(r.out, s...)
}

// Snapshot gives all lines with includes in place and everything expanded, for
// FromSnapshot. It holds passwords in clear: keep it where only the daemon can
// read it.
func (l *Loaded) Snapshot() ([]byte, error) {
	switch {
	case l.Fatal():
		return nil, errors.New("snapshot: the configuration cannot be run")
	case l.lines == nil:
		return nil, errors.New("snapshot: the lines were not kept (CheckOnly)")
	}
	return l.lines.bytes(), nil
}

// FromSnapshot builds, decodes and checks the tree of a snapshot. The result equals
// the Config of the Loaded that wrote it.
func FromSnapshot(b []byte) (*Config, error) {
	cfg, _, err := fromSnapshot(b, nil)
	return cfg, err
}

// Reread is FromSnapshot for a snapshot that follows another one, whose Config is before. Real
// servers that are written as they were are those of before, without being read again; their
// places (Pos) are those of the earlier files. before is not changed.
func Reread(b []byte, before *Config) (*Config, error) {
	cfg, taken, err := fromSnapshot(b, before)
	if taken > 0 && (err != nil || !cfg.follows(before)) {
		return FromSnapshot(b)
	}
	return cfg, err
}

// follows says whether what stands outside of virtual servers is as it was.
func (c *Config) follows(before *Config) bool { return c.context != 0 && c.context == before.context }

// fromSnapshot says as well how many real servers were taken over.
func fromSnapshot(b []byte, before *Config) (cfg *Config, taken int, err error) {
	c := newCollector()
	d := newDecoder(c)
	tree := newTreeBuilder(c, opensTop(d.all), d.top)
	reuse := newReuser(tree, before)
	if err := replay(b, reuse.line); err != nil {
		return nil, 0, fmt.Errorf("read snapshot: %w", err)
	}
	context := reuse.finish()
	tree.finish()
	cfg = check(c, d.draft)
	cfg.context = context
	if c.worst() < Fatal {
		return cfg, reuse.taken, nil
	}
	for _, d := range c.list {
		if d.Severity == Fatal {
			return nil, reuse.taken, fmt.Errorf("read snapshot: %s", d)
		}
	}
	return nil, reuse.taken, errors.New("read snapshot: fatal without a reason")
}
