// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// snapshotHead begins every snapshot. Its number is raised when the form changes.
const snapshotHead = "vipward lines 3\n"

// What stands in front of each entry of a snapshot.
const (
	entryFile = 'f'
	entryLine = 'l'
)

// recorder keeps the logical lines with their places, as they are read: what is
// left when includes, conditions, definitions and sequences are done.
type recorder struct {
	out   []byte // the chunk that is being filled
	full  [][]byte
	files map[string]int
	num   int // of the line before
}

func newRecorder() *recorder {
	return &recorder{files: map[string]int{}, out: append(make([]byte, 0, recorderChunk), snapshotHead...)}
}

// add writes one line.
func (r *recorder) add(l line) {
	file, ok := r.files[l.file]
	if !ok {
		file = len(r.files)
		r.files[l.file] = file
		r.room(len(l.file))
		r.out = append(r.out, entryFile)
		r.text(l.file)
	}
	r.room(len(l.text) + entryBytes*len(l.segs))
	r.out = append(r.out, entryLine)
	r.ints(file, l.num-r.num, int(l.first), int(l.end)-len(l.text), int(l.via), len(l.segs))
	for _, s := range l.segs {
		fixed := 0
		if s.fixed {
			fixed = 1
		}
		r.ints(int(s.at), int(s.col), int(s.via), fixed)
	}
	r.text(l.text)
	r.num = l.num
}

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
	c := newCollector()
	d := newDecoder(c)
	tree := newTreeBuilder(c, opensTop(d.all), d.top)
	if err := replay(b, tree.line); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	tree.finish()
	cfg := check(c, d.draft)
	if c.worst() < Fatal {
		return cfg, nil
	}
	for _, d := range c.list {
		if d.Severity == Fatal {
			return nil, fmt.Errorf("read snapshot: %s", d)
		}
	}
	return nil, errors.New("read snapshot: fatal without a reason")
}
