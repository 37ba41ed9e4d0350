// SPDX-License-Identifier: Apache-2.0

package notify

// pipeSize is what a pipe holds, unless somebody changes it.
const pipeSize = 64 << 10

// pipeMaxSize is what anybody may make of it (fs.pipe-max-size).
const pipeMaxSize = 1 << 20

// pending are the last lines that were written into a pipe: all that can be in it, and maybe
// some that are not.
type pending struct {
	lines []string
	size  int // of all together
	room  int // that the pipe has, when it is more than pipeSize
}

func (p *pending) add(line string) {
	p.lines = append(p.lines, line)
	for p.size += len(line); p.size > max(p.room, pipeSize); p.lines = p.lines[1:] {
		p.size -= len(p.lines[0])
	}
}

func (p *pending) clear() { *p = pending{room: p.room} }

// tail is the lines of which the last n bytes are made, the first of them whole.
func (p *pending) tail(n int) []string {
	first := len(p.lines)
	for ; n > 0 && first > 0; first-- {
		n -= len(p.lines[first-1])
	}
	return p.lines[first:]
}
