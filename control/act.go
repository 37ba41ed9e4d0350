// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"vipward/checker"
	"vipward/vrrp"
	"vipward/watchdog"
)

// action logs what a client asks for, does it, and logs and publishes the outcome. It may
// take as long as it takes: the time to read and write counts without it.
func (s *Server) action(w http.ResponseWriter, q *http.Request, what string, do func() error) error {
	defer s.unhurried(w)()
	p, _ := peerFrom(q.Context())
	s.Log.Info(lineAction(p, what))
	outcome := "done"
	err := do()
	if err != nil {
		outcome = err.Error()
		s.Log.Warn(lineOutcome(what, outcome))
	}
	s.vrrp.forget()
	s.checker.forget()
	s.counts.actions.Add(1)
	s.publish("action", "", struct {
		By      string `json:"by"`
		What    string `json:"what"`
		Outcome string `json:"outcome"`
	}{p.String(), printable(what), outcome})
	return err
}

// unhurried takes the deadlines of a request away, whose body has been read. The call of what
// it gives sets them anew, for the answer and for what the client may still send.
func (s *Server) unhurried(w http.ResponseWriter) func() {
	ctl := http.NewResponseController(w)
	_ = ctl.SetReadDeadline(time.Time{}) // past it the client would count as gone
	_ = ctl.SetWriteDeadline(time.Time{})
	return func() {
		_ = ctl.SetReadDeadline(time.Now().Add(s.limits.body))
		_ = ctl.SetWriteDeadline(time.Now().Add(s.limits.write))
	}
}

func (s *Server) postReload(w http.ResponseWriter, q *http.Request) error {
	var result watchdog.ReloadResult
	err := s.action(w, q, "reload", func() (err error) {
		result, err = s.Daemon.Reload(q.Context())
		return err
	})
	if err != nil {
		return err
	}
	code := http.StatusOK
	if result.Refused != "" {
		code = http.StatusConflict
	}
	write(w, code, result)
	return nil
}

// Maintenance is the body of a request for an instance.
type Maintenance struct {
	On bool `json:"on"`
}

func (s *Server) putMaintenance(w http.ResponseWriter, q *http.Request) error {
	var body Maintenance
	if err := read(q, &body); err != nil {
		return err
	}
	o := vrrp.Order{Instance: q.PathValue("name"), Rest: body.On}
	what := fmt.Sprintf("maintenance %s %s", o.Instance, onOff(body.On))
	if err := s.action(w, q, what, func() error { return s.tellVRRP(q.Context(), o) }); err != nil {
		return err
	}
	return ok(w, struct {
		Done string `json:"done"`
	}{what})
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (s *Server) putServer(w http.ResponseWriter, q *http.Request) error {
	var o checker.Order
	if err := read(q, &o); err != nil {
		return err
	}
	about := o.Hold == checker.HoldPause || o.Hold == checker.HoldResume
	if !o.Server.IsValid() && (!about || o.Service == "") {
		return refuse(http.StatusBadRequest, `which server? "server" is an address with a port`)
	}
	p, _ := peerFrom(q.Context())
	o.By, o.At = p.String(), time.Now()
	what := serverAction(o)
	err := s.action(w, q, what, func() error { return s.tell(q.Context(), watchdog.Checker, o) })
	if err != nil {
		return err
	}
	return ok(w, struct {
		Done string `json:"done"`
	}{what})
}

// serverAction says what an order is.
func serverAction(o checker.Order) string {
	of := ""
	if o.Service != "" {
		of = " of " + o.Service
	}
	switch o.Hold {
	case checker.HoldNone:
		return fmt.Sprintf("undrain %s%s", o.Server, of)
	case checker.HoldWeight:
		return fmt.Sprintf("weight %s%s %d", o.Server, of, o.Weight)
	case checker.HoldPause, checker.HoldResume:
		if !o.Server.IsValid() {
			return fmt.Sprintf("%s checks%s", o.Hold, of)
		}
		return fmt.Sprintf("%s checks of %s%s", o.Hold, o.Server, of)
	case checker.HoldDrain, checker.HoldMaintenance:
	}
	return fmt.Sprintf("%s %s%s", o.Hold, o.Server, of)
}

func (s *Server) tellVRRP(ctx context.Context, o vrrp.Order) error {
	return s.tell(ctx, watchdog.VRRP, o)
}

// tell hands an order to a child. What the child has against it is a conflict.
func (s *Server) tell(ctx context.Context, r watchdog.Role, order any) error {
	b, err := json.Marshal(order)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	_, err = s.Daemon.Ask(ctx, r, b)
	switch {
	case err == nil, errors.Is(err, watchdog.ErrNotRunning), errors.Is(err, watchdog.ErrBusy), ctx.Err() != nil:
		return err
	}
	return &statusError{http.StatusConflict, err}
}
