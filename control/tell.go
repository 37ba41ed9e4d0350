// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"fmt"
	"strings"

	"vipward/checker"
	"vipward/vrrp"
	"vipward/watchdog"
)

// Text tells an event in words. One that is not known is told as it came.
func (e Event) Text() string {
	switch e.Kind {
	case "instance", "group", "priority":
		return told(e, vrrpText)
	case "server", "quorum":
		return told(e, checkerText)
	case "phase":
		return told(e, func(p struct{ Phase watchdog.Phase }) string { return "daemon " + p.Phase.String() })
	case "process":
		return told(e, lifeText)
	case "reload":
		return told(e, reloadText)
	case "action":
		return told(e, func(a struct{ By, What, Outcome string }) string {
			return fmt.Sprintf("%s: %s: %s", a.By, a.What, a.Outcome)
		})
	case lostKind:
		return told(e, gap.text)
	}
	return e.Kind + " " + string(e.Data)
}

// Tone says whether an event is "good" news, "bad" news or neither ("").
func (e Event) Tone() string {
	var v struct {
		To, Refused, Ended string
		Up                 *bool
		Problems           []string
	}
	if json.Unmarshal(e.Data, &v) != nil {
		return ""
	}
	switch {
	case v.To == "FAULT", v.Refused != "", len(v.Problems) > 0, v.Ended != "" && e.Kind == "process", v.Up != nil && !*v.Up:
		return "bad"
	case v.To == "MASTER" && e.Kind != "priority", v.Up != nil:
		return "good"
	}
	return ""
}

// told decodes an event's data and tells it.
func told[T any](e Event, text func(T) string) string {
	var v T
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return e.Kind + " " + string(e.Data)
	}
	return text(v)
}

func vrrpText(n vrrp.News) string {
	switch n.Kind {
	case "group":
		return fmt.Sprintf("sync group %s: %s", n.Name, n.To)
	case "priority":
		return fmt.Sprintf("%s: priority %d (%s)", n.Name, n.Priority, n.To)
	}
	return fmt.Sprintf("%s: %s -> %s, priority %d: %s", n.Name, n.From, n.To, n.Priority, n.Why)
}

func checkerText(n checker.News) string {
	word := "DOWN"
	if n.Up {
		word = "UP"
	}
	if n.Kind == "quorum" {
		return fmt.Sprintf("virtual server %s: quorum %s", n.Service, word)
	}
	why := ""
	if n.Why != "" {
		why = ": " + n.Why
	}
	return fmt.Sprintf("real server %s of %s: %s%s", n.Server, n.Service, word, why)
}

func (g gap) text() string {
	if g.Restarted {
		return fmt.Sprintf("the daemon was started anew: events of the one before, and %d of this one, may be missing", g.Lost)
	}
	return fmt.Sprintf("%d events before this are not kept", g.Lost)
}

func lifeText(l watchdog.Life) string {
	if l.Ended != "" {
		return fmt.Sprintf("%s process %d ended: %s", l.Role, l.PID, l.Ended)
	}
	return fmt.Sprintf("%s process %d started", l.Role, l.PID)
}

func reloadText(r watchdog.ReloadResult) string {
	switch {
	case r.Refused != "":
		return "reload refused: " + r.Refused
	case len(r.Problems) > 0:
		return "reload done in part: " + strings.Join(r.Problems, "; ")
	}
	return fmt.Sprintf("reload done in %d ms", r.Ended.Sub(r.Began).Milliseconds())
}
