// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Pipe is a FIFO of the configuration.
type Pipe struct {
	Name   string // opens log lines: notify, vrrp_notify, lvs_notify
	Path   string
	Owner  Owner
	Room   int      // for so many bytes that nobody has read yet; 0: as the kernel makes it
	Reader *Command // is started with the path as its last argument; nil: none
}

// Pipes are the FIFOs that state changes are written to, with the programs that read them.
// One goroutine uses them; no method but Drain waits for anybody.
type Pipes struct {
	readers *readers
	log     *slog.Logger
	made    []MadeFIFO // by an earlier process, until Set
	open    []*openPipe
}

// openPipe is a Pipe at work.
type openPipe struct {
	Pipe
	fifo    *fifo
	reader  *reader
	pending pending
	lost    uint64 // lines that found no room, in all
	full    uint64 // of them since the last that found some
}

// NewPipes makes Pipes without any FIFO. The programs run by r; role names the process in
// the line that says that one has ended. What an earlier process made is ours.
func NewPipes(r *Runner, role string, made []MadeFIFO, log *slog.Logger) *Pipes {
	return &Pipes{readers: newReaders(r.Watch, role, log), log: log, made: made}
}

// Set opens what is wanted and not open, and closes what is not wanted. A FIFO that stays
// is not touched, so that who reads it goes on. But every program is started anew, as
// keepalived does over a reload, and gets a new FIFO with what its predecessor has not read.
func (p *Pipes) Set(want []Pipe) {
	var next []*openPipe
	for _, w := range want {
		i := slices.IndexFunc(p.open, func(o *openPipe) bool { return o.Path == w.Path && o.Owner == w.Owner })
		var o *openPipe
		if i >= 0 {
			o = p.open[i]
			p.open = slices.Delete(p.open, i, i+1)
			if !p.renew(o) {
				continue
			}
		} else if o = p.openOne(w, next); o == nil {
			continue
		}
		o.Pipe = w
		o.fifo.grow(w.Room)
		o.pending.room = w.Room
		next = append(next, o)
	}
	p.closeAll()
	p.open, p.made = next, nil
	for _, o := range next {
		o.reader = p.readers.replace(o.reader, o.Pipe)
	}
}

// openOne opens the FIFO of a Pipe; nil when that is not possible, which is logged.
func (p *Pipes) openOne(w Pipe, others []*openPipe) *openPipe {
	if slices.ContainsFunc(others, func(o *openPipe) bool { return o.Path == w.Path }) {
		p.log.Warn(samePathLine(w))
		return nil
	}
	f, err := openFIFO(w.Path, w.Owner)
	if err != nil {
		p.log.Error(openFailedLine(w, err))
		return nil
	}
	f.made = f.made || slices.Contains(p.made, MadeFIFO{w.Path, f.inode})
	return &openPipe{fifo: f}
}

// renew replaces a FIFO of ours that a program reads: until it ends it would take lines away
// from its successor. It says whether the FIFO is open.
func (p *Pipes) renew(o *openPipe) bool {
	if !o.reader.running() || !o.fifo.made {
		return true
	}
	o.reader.stop()
	rest := o.pending.tail(o.fifo.drain())
	p.close(o)
	f, err := openFIFO(o.Path, o.Owner)
	if err != nil {
		p.log.Error(openFailedLine(o.Pipe, err))
		return false
	}
	o.fifo = f
	f.grow(o.Room)
	o.pending.clear()
	for _, line := range rest {
		p.write(o, line)
	}
	return true
}

// closeAll closes all that is open.
func (p *Pipes) closeAll() {
	for _, o := range p.open {
		o.reader.stop()
		p.close(o)
	}
	p.open = nil
}

func (p *Pipes) close(o *openPipe) {
	if err := o.fifo.close(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.log.Warn(closeFailedLine(o.Pipe, err))
	}
}

// Write writes a line, which ends with a newline, into every FIFO. It never waits: where
// nobody reads and the pipe is full the line is lost, counted, and said.
func (p *Pipes) Write(line string) {
	for _, o := range p.open {
		p.write(o, line)
	}
}

func (p *Pipes) write(o *openPipe, line string) {
	if o.reader != nil && !o.fifo.unread() {
		o.pending.clear()
	}
	switch err := o.fifo.write(line); {
	case err == nil:
		if o.full > 0 {
			p.log.Warn(roomLine(o.Pipe, o.full))
			o.full = 0
		}
		if o.reader != nil {
			o.pending.add(line)
		}
	case errors.Is(err, unix.EAGAIN):
		if o.full == 0 {
			p.log.Warn(fullLine(o.Pipe))
		}
		o.full, o.lost = o.full+1, o.lost+1
	default:
		p.log.Error(writeFailedLine(o.Pipe, err))
		o.lost++
	}
}

// Made lists the FIFOs of our making.
func (p *Pipes) Made() []MadeFIFO {
	var list []MadeFIFO
	for _, o := range p.open {
		if o.fifo.made {
			list = append(list, MadeFIFO{o.Path, o.fifo.inode})
		}
	}
	return list
}

// Describe says for each FIFO how it does.
func (p *Pipes) Describe() []string {
	var lines []string
	for _, o := range p.open {
		lines = append(lines, describeLine(o.Pipe, o.fifo.made, o.lost))
	}
	return lines
}

const (
	// readLimit is how long a stop waits until the programs have read what was written,
	// and have ended.
	readLimit = time.Second
	// readPoll is how often it looks.
	readPoll = 5 * time.Millisecond
)

// Drain gives the programs time to read the last lines and to act on them: the end of the
// FIFO tells them to end. Those that stay are ended then.
func (p *Pipes) Drain() {
	end := time.Now().Add(readLimit)
	p.waitWhile((*openPipe).unread, end)
	p.readers.last.Store(true)
	for _, o := range p.open {
		_ = o.fifo.hangUp() // nothing more is written to it
	}
	p.waitWhile(func(o *openPipe) bool { return o.reader.running() }, end)
	for _, o := range p.open {
		o.reader.stop()
	}
	p.readers.wait()
	p.closeAll()
}

// waitWhile waits while something holds for one of the FIFOs, at most until end.
func (p *Pipes) waitWhile(holds func(*openPipe) bool, end time.Time) {
	t := time.NewTicker(readPoll)
	defer t.Stop()
	for slices.ContainsFunc(p.open, holds) && time.Now().Before(end) {
		<-t.C
	}
}

// unread says whether the program has not read everything yet.
func (o *openPipe) unread() bool { return o.reader.running() && o.fifo.unread() }
