// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// message is one of the debugging protocol: a command, its answer or an event. On the pipe
// each ends with a zero byte.
type message struct {
	ID      int64           `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// heard is a message from the browser.
type heard struct {
	message
	Params json.RawMessage `json:"params"`
}

// pipe is a connection to the browser.
type pipe struct {
	to    io.Writer
	event func(session, method string, params json.RawMessage)

	mu      sync.Mutex // guards what follows, and writes
	last    int64
	waiting map[int64]chan heard
	ended   chan struct{}
}

func newPipe(to io.Writer, event func(session, method string, params json.RawMessage)) *pipe {
	return &pipe{to: to, event: event, waiting: map[int64]chan heard{}, ended: make(chan struct{})}
}

// read takes messages until the browser ends.
func (p *pipe) read(from io.Reader) error {
	defer close(p.ended)
	in := bufio.NewReader(from)
	for {
		b, err := in.ReadBytes(0)
		if err != nil {
			return nil // the browser ended; who waits for it hears so
		}
		var m heard
		if err := json.Unmarshal(b[:len(b)-1], &m); err != nil {
			return fmt.Errorf("read from the browser: %w", err)
		}
		if m.ID == 0 {
			p.event(m.Session, m.Method, m.Params)
		} else if c := p.taken(m.ID); c != nil {
			c <- m
		}
	}
}

func (p *pipe) taken(id int64) chan heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.waiting[id]
	delete(p.waiting, id)
	return c
}

// send sends a command and gives what its answer will come over.
func (p *pipe) send(session, method string, params any) (<-chan heard, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	b, err := json.Marshal(message{ID: p.last, Session: session, Method: method, Params: params})
	if err != nil {
		return nil, err
	}
	answer := make(chan heard, 1)
	p.waiting[p.last] = answer
	_, err = p.to.Write(append(b, 0))
	return answer, err
}

// call sends a command and reads its answer into result, which may be nil.
func (p *pipe) call(ctx context.Context, session, method string, params, result any) error {
	c, err := p.send(session, method, params)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m := <-c:
		if m.Error != nil {
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-p.ended:
		return fmt.Errorf("%s: the browser ended", method)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}
