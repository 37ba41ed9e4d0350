// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/binary"
	"hash/maphash"
	"strings"
)

// reuser stands between the lines and the tree of a configuration that follows another. In a
// virtual server whose own lines are as they were, a real server whose lines are as they were is
// not read again but taken over: what a reload costs follows what has changed, and what stays is
// the same object.
//
// It knows no more of the language than braces and three words, and gives up where a text is
// odd: then all is read. What stands outside of virtual servers decides about it in the end
// (see Config.context).
type reuser struct {
	tree     *treeBuilder
	before   map[origin64][]*VirtualServer // by their own lines
	opensTop func(string) bool
	context  maphash.Hash // of the lines outside of virtual servers
	depth    int          // of open blocks
	odd      bool         // nothing is taken over any more
	taken    int          // real servers that were not read

	// The virtual server that is being read; none outside of one.
	lines  []line
	parts  []reusePart
	inReal bool
	known  map[origin64]*RealServer // of its predecessor
}

// origin64 is a hash of the lines that something was made of; 0: it is not to be made out. That two
// of a virtual server are taken for each other by chance is as good as impossible: 1 in 10^12 with
// thousands of them that change.
type origin64 uint64

// reusePart is some lines of a virtual server: its own, or those of a real server.
type reusePart struct {
	from, to int
	real     bool
}

// reuseLines bounds the lines of a virtual server that are held back.
const reuseLines = 1 << 14

// originSeed is that of all hashes of this process.
var originSeed = maphash.MakeSeed()

// newReuser makes a reuser in front of a tree. before may be nil.
func newReuser(tree *treeBuilder, before *Config) *reuser {
	r := &reuser{tree: tree, opensTop: tree.opensTop, before: map[origin64][]*VirtualServer{}, known: map[origin64]*RealServer{}}
	r.context.SetSeed(originSeed)
	if before != nil {
		for _, vs := range before.VirtualServers {
			r.before[vs.origin] = append(r.before[vs.origin], vs)
		}
	}
	return r
}

// finish hands the rest to the tree and gives the hash of what stands outside of virtual servers.
func (r *reuser) finish() origin64 {
	if len(r.lines) > 0 {
		r.giveUp()
	}
	if r.odd {
		return 0
	}
	return origin64(r.context.Sum64())
}

// line takes one line.
func (r *reuser) line(l line) {
	if r.odd {
		r.tree.line(l)
		return
	}
	was, key := r.depth, l.text[:keyEnd(l.text)]
	low, closes, top := r.braces(l.text)
	switch {
	case low < 0, top:
		r.lines = append(r.lines, l)
		r.giveUp() // a brace is missing or too many: only the tree knows where
	case len(r.lines) == 0 && (was > 0 || key != "virtual_server"):
		_, _ = r.context.WriteString(l.text)
		_ = r.context.WriteByte('\n')
		r.tree.line(l)
	default:
		r.lines = append(r.lines, l)
		r.within(key, was, low, closes)
	}
}

// braces follows the braces of a line: how deep it comes to lie at least, and whether it ends with
// a block. top says that within a block there is a word that can only begin one of the top level.
func (r *reuser) braces(text string) (low int, closes, top bool) {
	low = r.depth
	for {
		word := text[:keyEnd(text)]
		top = top || r.depth > 0 && word != "" && r.opensTop(word)
		at := braceAt(text)
		if at == len(text) {
			return low, closes, top
		}
		closes = text[at] == '}' && at == len(text)-1
		if text[at] == '}' {
			r.depth--
		} else {
			r.depth++
		}
		low = min(low, r.depth)
		text = strings.TrimLeft(text[at+1:], " \t")
	}
}

// within takes the last line of a virtual server. It began at depth was, and came to lie as deep
// as low.
func (r *reuser) within(key string, was, low int, closes bool) {
	end := len(r.lines)
	good := end <= reuseLines && (r.depth == was || r.depth > was || closes)
	switch {
	case end == 1:
		r.own(end)
		good = r.depth == 1
	case r.inReal:
		r.parts[len(r.parts)-1].to = end
		good = good && low >= 1
		r.inReal = r.depth > 1
	case was == 1 && key == "real_server":
		r.parts = append(r.parts, reusePart{from: end - 1, to: end, real: true})
		good = low == 1 && (r.depth > 1 || closes)
		r.inReal = r.depth > 1
	default:
		r.own(end)
	}
	switch {
	case !good:
		r.giveUp()
	case r.depth == 0:
		r.release()
	}
}

// own adds the last line to those of the virtual server itself.
func (r *reuser) own(end int) {
	if k := len(r.parts) - 1; k >= 0 && !r.parts[k].real {
		r.parts[k].to = end
		return
	}
	r.parts = append(r.parts, reusePart{from: end - 1, to: end})
}

// giveUp hands over what was held back, and from now on all, as it is.
func (r *reuser) giveUp() {
	r.odd = true
	r.pass(reusePart{to: len(r.lines)})
	r.reset()
}

func (r *reuser) reset() { r.lines, r.parts, r.inReal = r.lines[:0], r.parts[:0], false }

// release hands a whole virtual server to the tree.
func (r *reuser) release() {
	var own maphash.Hash
	own.SetSeed(originSeed)
	for _, p := range r.parts {
		if !p.real {
			r.sum(&own, p)
		}
	}
	r.tree.origin = origin64(own.Sum64())
	r.know(r.tree.origin)
	before := 0 // own lines: what a real server inherits may depend on them
	for _, p := range r.parts {
		if p.real {
			r.server(p, before)
			continue
		}
		before += p.to - p.from
		r.pass(p)
	}
	r.reset()
}

// know looks up the real servers of the virtual server that had these lines.
func (r *reuser) know(own origin64) {
	clear(r.known)
	old := r.before[own]
	if len(old) == 0 {
		return
	}
	r.before[own] = old[1:] // another one of a group may have the same
	for _, rs := range old[0].RealServers {
		r.known[rs.origin] = rs
	}
}

// server hands over a real server, or the one that it was.
func (r *reuser) server(p reusePart, before int) {
	var h maphash.Hash
	h.SetSeed(originSeed)
	_, _ = h.Write(binary.NativeEndian.AppendUint64(nil, uint64(before)))
	r.sum(&h, p)
	is := origin64(h.Sum64())
	if old := r.known[is]; is != 0 && old != nil {
		delete(r.known, is) // one that is written twice is a mistake, to be found again
		r.taken++
		r.tree.known(&r.lines[p.from], old)
		return
	}
	r.tree.origin = is
	said := r.tree.c.calls
	if r.pass(p); r.tree.c.calls != said {
		r.tree.forget() // what is said of it is to be said at each reading
	}
}

// pass gives the lines of a part to the tree.
func (r *reuser) pass(p reusePart) {
	for i := range r.lines[p.from:p.to] {
		r.tree.line(r.lines[p.from+i])
	}
}

func (r *reuser) sum(h *maphash.Hash, p reusePart) {
	for i := range r.lines[p.from:p.to] {
		_, _ = h.WriteString(r.lines[p.from+i].text)
		_ = h.WriteByte('\n')
	}
}
