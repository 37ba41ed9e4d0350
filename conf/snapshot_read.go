// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"bytes"
	"errors"
	"math"
)

// errBroken says that a snapshot ends early or holds what was never written.
var errBroken = errors.New("broken or of another version")

// player takes the entries of a snapshot apart. After the first mistake all that it
// gives is zero.
type player struct {
	rest  []byte
	files []string
	texts []string // that may come again
	num   int
	bad   bool
}

// replay gives each line of a snapshot to emit.
func replay(snapshot []byte, emit func(line)) error {
	rest, ok := bytes.CutPrefix(snapshot, []byte(snapshotHead))
	p := player{rest: rest, bad: !ok}
	for len(p.rest) > 0 && !p.bad {
		kind := p.rest[0]
		p.rest = p.rest[1:]
		switch kind {
		case entryFile:
			p.files = append(p.files, p.text())
		case entryLine, entryAgain:
			if l := p.line(kind == entryAgain); !p.bad {
				emit(l)
			}
		default:
			p.bad = true
		}
	}
	if p.bad {
		return errBroken
	}
	return nil
}

func (p *player) line(again bool) line {
	file := p.within(len(p.files) - 1)
	p.num += p.int()
	l := line{num: p.num, first: int32(p.int())}
	end := p.int()
	l.via = int32(p.int())
	if again {
		if n := p.within(len(p.texts) - 1); !p.bad {
			l.text = p.texts[n]
		}
	} else {
		p.spell(&l)
	}
	l.end = int32(end + len(l.text))
	if !p.bad {
		l.file = p.files[file]
	}
	p.bad = p.bad || !l.placed()
	return l
}

// spell reads the places and the text of a line.
func (p *player) spell(l *line) {
	if n := p.within(len(p.rest)); n > 0 {
		l.segs = make([]seg, n)
	}
	for i := range l.segs {
		l.segs[i] = seg{at: int32(p.int()), col: int32(p.int()), via: int32(p.int()), fixed: p.int() != 0}
	}
	l.text = p.text()
	if len(l.segs) == 0 && keepsText(len(p.texts), l.text) {
		p.texts = append(p.texts, l.text)
	}
}

// placed says whether every byte of l has a place.
func (l line) placed() bool {
	if len(l.segs) == 0 {
		return true
	}
	for i, s := range l.segs[1:] {
		if s.at <= l.segs[i].at {
			return false
		}
	}
	return l.segs[0].at == 0 && l.first >= 0
}

func (p *player) text() string {
	n := p.within(len(p.rest))
	if n > len(p.rest) {
		p.bad = true
	}
	if p.bad {
		return ""
	}
	s := string(p.rest[:n]) // what is kept of it does not keep all
	p.rest = p.rest[n:]
	return s
}

// within reads a number from 0 to limit.
func (p *player) within(limit int) int {
	n := p.int()
	if n < 0 || n > limit {
		p.bad = true
		return 0
	}
	return n
}

// int reads what binary.AppendVarint wrote.
func (p *player) int() int {
	var u uint64
	for i := 0; i < len(p.rest) && i < 10 && !p.bad; i++ {
		b := p.rest[i]
		u |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			p.rest = p.rest[i+1:]
			n := int64(u>>1) ^ -int64(u&1)
			p.bad = n < math.MinInt32 || n > math.MaxInt32
			return int(n)
		}
	}
	p.bad = true
	return 0
}
