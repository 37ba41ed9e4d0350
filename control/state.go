// SPDX-License-Identifier: Apache-2.0

package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"time"

	"vipward/checker"
	"vipward/vrrp"
	"vipward/watchdog"
)

// State is everything that is known now.
type State struct {
	Host     string          `json:"host"`
	Version  string          `json:"version"`
	At       time.Time       `json:"at"`
	Daemon   watchdog.Status `json:"daemon"`
	Config   ConfigState     `json:"configuration"`
	VRRP     *vrrp.Status    `json:"vrrp,omitempty"`    // absent: no such process
	Checker  *checker.View   `json:"checker,omitempty"` // absent: no such process
	Event    uint64          `json:"event"`             // id of the last one
	Problems []string        `json:"problems,omitempty"`
}

// ConfigState says what configuration runs.
type ConfigState struct {
	Path     string    `json:"path"`
	ID       string    `json:"id,omitempty"` // what @ lines were compared with; empty: the host's name
	At       time.Time `json:"at"`
	Findings int       `json:"findings"`
	Refused  bool      `json:"refused"` // a later one was refused
}

// rawState is State with the children's parts as they came: a large table is neither decoded
// only to be encoded again nor copied for each client.
type rawState struct {
	State
	vrrp, checker json.RawMessage
}

func (s *Server) getStatus(w http.ResponseWriter, q *http.Request) error {
	raw, err := s.raw(q.Context())
	if err != nil {
		return err
	}
	return raw.write(w)
}

// write puts the parts behind the rest of the object.
func (r *rawState) write(w http.ResponseWriter) error {
	head, err := json.Marshal(r.State)
	if err != nil {
		return err
	}
	pieces := [][]byte{bytes.TrimSuffix(head, []byte("}"))}
	for _, part := range []struct {
		name string
		raw  json.RawMessage
	}{{"vrrp", r.vrrp}, {"checker", r.checker}} {
		if part.raw != nil {
			pieces = append(pieces, []byte(`,"`+part.name+`":`), part.raw)
		}
	}
	headers(w)
	for _, b := range append(pieces, []byte("}\n")) {
		if _, err := w.Write(b); err != nil {
			break // a client that is gone misses nothing
		}
	}
	return nil
}

func (s *Server) raw(ctx context.Context) (rawState, error) {
	var out rawState
	var err error
	if out.Daemon, err = s.Daemon.Status(ctx); err != nil {
		return out, err
	}
	c := s.Configuration()
	out.Config = ConfigState{Path: c.Path, ID: c.ID, At: c.At, Findings: len(c.Diagnostics), Refused: c.Refused != nil}
	out.Host, _ = os.Hostname() // no name is an empty one
	out.Version, out.At, out.Event = s.Version, time.Now(), s.hub.newest()
	out.vrrp = out.part(ctx, "vrrp", s.vrrp)
	out.checker = out.part(ctx, "checker", s.checker)
	return out, nil
}

// part gives a child's part. Where there is no such child there is none; a child that does
// not answer is a problem, and the rest is told all the same.
func (r *rawState) part(ctx context.Context, name string, m *memo[json.RawMessage]) json.RawMessage {
	b, err := m.get(ctx)
	switch {
	case err == nil:
		return b
	case !errors.Is(err, watchdog.ErrNotRunning):
		r.Problems = append(r.Problems, "the "+name+" process does not answer: "+err.Error())
	case r.runs(watchdog.Role(name)):
		r.Problems = append(r.Problems, "the "+name+" process does not run")
	}
	return nil
}

// runs says whether there should be a child in the role.
func (r *rawState) runs(role watchdog.Role) bool {
	for _, p := range r.Daemon.Processes {
		if p.Role == role {
			return true
		}
	}
	return false
}

// theVRRP gives the vrrp child's state.
func (s *Server) theVRRP(ctx context.Context) (*vrrp.Status, error) {
	return decode[vrrp.Status](s.vrrp.get(ctx))
}

// theChecker gives the checker child's state.
func (s *Server) theChecker(ctx context.Context) (*checker.View, error) {
	return decode[checker.View](s.checker.get(ctx))
}

// decode reads a child's answer. Without such a child the state is empty.
func decode[T any](b json.RawMessage, err error) (*T, error) {
	v := new(T)
	if errors.Is(err, watchdog.ErrNotRunning) {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	return v, json.Unmarshal(b, v)
}
