// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"time"

	"vipward/watchdog"
)

// The methods of this file are hooks of the supervisor: they do not block.

// Told publishes the news of a child. Its kind is in the news itself.
func (s *Server) Told(r watchdog.Role, note json.RawMessage) {
	var head struct {
		Kind string    `json:"kind"`
		At   time.Time `json:"at"`
	}
	if json.Unmarshal(note, &head) != nil || head.Kind == "" {
		return // of a child of another version, maybe
	}
	s.hub.publish(head.Kind, string(r), note, head.At)
}

// Phase publishes what the daemon does now.
func (s *Server) Phase(p watchdog.Phase) {
	s.publish("phase", "", struct {
		Phase watchdog.Phase `json:"phase"`
	}{p})
}

// Lived publishes the begin or the end of a child.
func (s *Server) Lived(l watchdog.Life) { s.publish("process", string(l.Role), l) }

// Loaded publishes the outcome of a reload.
func (s *Server) Loaded(r watchdog.ReloadResult) { s.publish("reload", "", r) }

func (s *Server) publish(kind, source string, data any) {
	b, err := json.Marshal(data)
	if err != nil {
		return // all that is published can be encoded: the tests publish it
	}
	s.hub.publish(kind, source, b, time.Now())
}
