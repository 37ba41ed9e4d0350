// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// queueLength is how many lines may wait, some 10 MB: a line is written at once for each of
	// tens of thousands of checks that begin. Room for them is made when they come.
	queueLength = 1 << 16
	// flushLimit bounds the wait for the queue at exit: a reader that is stuck must
	// not keep the daemon alive.
	flushLimit = 2 * time.Second
)

// entry is one log line on its way.
type entry struct {
	when     time.Time
	severity int
	detail   bool // may be lost first
	text     string
}

// logWriter is a place for log lines.
type logWriter interface{ write(entry) }

// flusher is a logWriter that keeps lines until flush.
type flusher interface{ flush() }

// logQueue passes lines to writers that may block. post never does: when the queue is
// full, or half full for a detail, the line is dropped, and the loss is reported as soon as
// there is room.
type logQueue struct {
	writers []logWriter
	moreC   chan struct{} // has one when there may be lines
	closing chan struct{}
	drained chan struct{}
	group   errgroup.Group

	mu      sync.Mutex // guards what follows
	lines   lines
	dropped int
}

func newLogQueue(length int, writers ...logWriter) *logQueue {
	q := &logQueue{
		writers: writers,
		moreC:   make(chan struct{}, 1),
		closing: make(chan struct{}),
		drained: make(chan struct{}),
		lines:   lines{limit: length},
	}
	q.group.Go(q.run)
	return q
}

func (q *logQueue) post(e entry) {
	if !q.keep(e) {
		return
	}
	select {
	case q.moreC <- struct{}{}:
	default: // it will look anyway
	}
}

// keep says whether there was room.
func (q *logQueue) keep(e entry) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if full := q.lines.n >= q.lines.limit; full || e.detail && 2*q.lines.n >= q.lines.limit {
		q.dropped++
		return false
	}
	q.lines.put(e)
	return true
}

// next takes the oldest line.
func (q *logQueue) next() (entry, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lines.take()
}

// run writes until close, and then what is left.
func (q *logQueue) run() error {
	defer close(q.drained)
	for {
		q.drain()
		select {
		case <-q.moreC:
		case <-q.closing:
			q.drain()
			return nil
		}
	}
}

func (q *logQueue) drain() {
	for e, ok := q.next(); ok; e, ok = q.next() {
		q.write(e)
	}
}

// lost counts the lines that were dropped, and whether others wait.
func (q *logQueue) lost() (n int, waiting bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, q.dropped = q.dropped, 0
	return n, q.lines.n > 0
}

// write writes a line, and what was lost behind it. Unless more lines are waiting the writers
// do not keep it.
func (q *logQueue) write(e entry) {
	q.each(func(w logWriter) { w.write(e) })
	n, waiting := q.lost()
	if n > 0 {
		text := fmt.Sprintf("%d log lines were lost: the log could not keep up", n)
		q.each(func(w logWriter) { w.write(entry{when: time.Now(), severity: severityWarning, text: text}) })
	}
	if waiting {
		return
	}
	q.each(func(w logWriter) {
		if f, ok := w.(flusher); ok {
			f.flush()
		}
	})
}

func (q *logQueue) each(do func(logWriter)) {
	for _, w := range q.writers {
		do(w)
	}
}

// close writes what is left, but does not wait for ever. It is called once; lines that
// come later are dropped.
func (q *logQueue) close() {
	close(q.closing)
	t := time.NewTimer(flushLimit)
	defer t.Stop()
	select {
	case <-q.drained:
	case <-t.C:
	}
}

// lines is a queue in a ring. It grows as far as it must, since most processes never have many
// lines waiting, and begins at its beginning again whenever it was empty.
type lines struct {
	limit int
	ring  []entry
	first int // of n
	n     int
}

// The room of a ring at first, and how much of it is kept while no lines wait.
const (
	linesRoom = 32
	keptRoom  = 256
)

// put adds a line. There must be fewer than limit.
func (l *lines) put(e entry) {
	if l.n == len(l.ring) {
		l.grow()
	}
	l.ring[(l.first+l.n)%len(l.ring)] = e
	l.n++
}

func (l *lines) grow() {
	ring := make([]entry, min(max(2*len(l.ring), linesRoom), l.limit))
	rest := copy(ring, l.ring[l.first:])
	copy(ring[rest:], l.ring[:l.first])
	l.ring, l.first = ring, 0
}

// take gives the oldest line.
func (l *lines) take() (entry, bool) {
	if l.n == 0 {
		return entry{}, false
	}
	e := l.ring[l.first]
	l.ring[l.first] = entry{} // its text can go
	l.n--
	l.first = (l.first + 1) % len(l.ring)
	if l.n == 0 && len(l.ring) > keptRoom {
		l.ring, l.first = nil, 0 // there were unusually many
	}
	return e, true
}
