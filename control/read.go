// SPDX-License-Identifier: Apache-2.0

package control

import (
	"bytes"
	"encoding/json"
	"net/http"

	"vipward/checker"
	"vipward/conf"
	"vipward/vrrp"
)

func (s *Server) getInstances(w http.ResponseWriter, q *http.Request) error {
	v, err := s.theVRRP(q.Context())
	if err != nil {
		return err
	}
	return ok(w, struct {
		Instances []vrrp.InstanceStatus `json:"instances"`
		Groups    []vrrp.GroupStatus    `json:"groups"`
	}{orEmpty(v.Instances), orEmpty(v.Groups)})
}

func (s *Server) getInstance(w http.ResponseWriter, q *http.Request) error {
	v, err := s.theVRRP(q.Context())
	if err != nil {
		return err
	}
	name := q.PathValue("name")
	for _, vi := range v.Instances {
		if vi.Name == name {
			return ok(w, vi)
		}
	}
	return refuse(http.StatusNotFound, "there is no instance %q", name)
}

func (s *Server) getTrackers(w http.ResponseWriter, q *http.Request) error {
	v, err := s.theVRRP(q.Context())
	if err != nil {
		return err
	}
	return ok(w, orEmpty(v.Trackers))
}

func (s *Server) getServers(w http.ResponseWriter, q *http.Request) error {
	v, err := s.theChecker(q.Context())
	if err != nil {
		return err
	}
	return ok(w, orEmpty(v.Virtuals))
}

// Check is a check with the servers that it is of.
type Check struct {
	Service string `json:"service"`
	Server  string `json:"server"`
	checker.CheckView
}

func (s *Server) getChecks(w http.ResponseWriter, q *http.Request) error {
	v, err := s.theChecker(q.Context())
	if err != nil {
		return err
	}
	list := []Check{}
	for _, vs := range v.Virtuals {
		for _, rs := range vs.Reals {
			for _, c := range rs.Checks {
				list = append(list, Check{vs.Name, rs.Name, c})
			}
		}
	}
	return ok(w, list)
}

func (s *Server) getDiagnostics(w http.ResponseWriter, _ *http.Request) error {
	c := s.Configuration()
	running, err := findings(c.Diagnostics)
	if err != nil {
		return err
	}
	refused, err := findings(c.Refused)
	if err != nil {
		return err
	}
	return ok(w, struct {
		Path    string          `json:"path"`
		Running json.RawMessage `json:"running"`
		Refused json.RawMessage `json:"refused"` // empty: the newest configuration runs
	}{c.Path, running, refused})
}

// findings are written as `vipward check --format json` does.
func findings(list []conf.Diagnostic) (json.RawMessage, error) {
	var b bytes.Buffer
	err := conf.PrintJSON(&b, list)
	return b.Bytes(), err
}

func (s *Server) getConfiguration(w http.ResponseWriter, q *http.Request) error {
	if p, _ := peerFrom(q.Context()); !p.trusted() {
		return refuse(http.StatusForbidden, "the configuration holds secrets: only root may read it")
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(s.Configuration().Snapshot) // a client that is gone misses nothing
	return nil
}

// orEmpty is a list that is written as [] when it is empty.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
