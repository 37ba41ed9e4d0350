// SPDX-License-Identifier: Apache-2.0

package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vipward/checker"
	"vipward/conf"
	"vipward/vrrp"
)

// How many of each an answer has: what a page can show, and a browser on a phone can draw.
const (
	maxFindings  = 50
	maxInstances = 200
	maxServices  = 200
	maxServers   = 200
)

// Overview is what the page shows of the whole.
type Overview struct {
	Host     string         `json:"host"`
	Version  string         `json:"version"`
	At       time.Time      `json:"at"`
	Started  time.Time      `json:"started"`
	Phase    string         `json:"phase"`
	PID      int            `json:"pid"`
	Restarts int            `json:"restarts"` // of processes
	Config   string         `json:"config"`
	Notes    int            `json:"config_findings"`
	Level    Level          `json:"level"` // the worst
	Totals   Totals         `json:"totals"`
	Wrong    Some[Finding]  `json:"wrong"`
	VRRP     Some[Instance] `json:"instances"`
	Services Some[Service]  `json:"services"`
}

// Some are some of all.
type Some[T any] struct {
	List []T `json:"list"`
	More int `json:"more"` // that are left out
}

// Totals are counts of everything, whatever the answer leaves out.
type Totals struct {
	Instances int     `json:"instances"`
	Masters   int     `json:"masters"`
	Services  int     `json:"services"`
	Up        int     `json:"services_up"`
	Servers   int     `json:"servers"`
	Alive     int     `json:"servers_alive"`
	Active    uint64  `json:"active_connections"`
	Checks    int     `json:"checks"`
	Running   int     `json:"checks_running"`
	Lag       float64 `json:"worst_lag_seconds"` // the longest that a check waited for its turn
	Repairs   int     `json:"repairs"`           // of what others changed
}

// Instance is a vrrp_instance.
type Instance struct {
	Name       string    `json:"name"`
	Group      string    `json:"group,omitempty"`
	State      string    `json:"state"`
	Level      Level     `json:"level"`
	Since      time.Time `json:"since,omitzero"`
	Priority   uint8     `json:"priority"`
	Configured uint8     `json:"configured_priority"`
	Master     string    `json:"master"` // empty: not heard
	Interface  string    `json:"interface"`
	VRID       uint8     `json:"vrid"`
	VIPs       []VIP     `json:"vips"`
	Why        string    `json:"why"`
}

// VIP is a virtual address.
type VIP struct {
	Address string `json:"address"`
	Device  string `json:"device"`
	Set     bool   `json:"set"`
}

// Service is a virtual_server.
type Service struct {
	Name        string    `json:"name"` // by which the page asks for its servers
	Title       string    `json:"title"`
	State       string    `json:"state"`
	Level       Level     `json:"level"`
	Since       time.Time `json:"since,omitzero"`
	Scheduler   string    `json:"scheduler"`
	Method      string    `json:"method"`
	Quorum      int       `json:"quorum"`
	Live        int64     `json:"live_weight"`
	Servers     int       `json:"servers"`
	Alive       int       `json:"alive"`
	Active      uint64    `json:"active"`
	Connections *uint64   `json:"connections,omitempty"` // so far; absent: the kernel does not say
	Why         string    `json:"why"`
}

// overview describes what is known, of instances and virtual servers those that find is in.
func overview(l *Look, find string) Overview {
	o := Overview{
		Host: l.Host, Version: l.Version, At: l.At, Started: l.Daemon.Started, Phase: l.Daemon.Phase.String(), PID: l.Daemon.PID,
		Config: l.Config, Notes: l.Findings, Level: Fine,
	}
	for _, p := range l.Daemon.Processes {
		o.Restarts += p.Restarts
	}
	list := wrong(l)
	if len(list) > 0 {
		o.Level = list[0].Level
	}
	o.Wrong = some(list, maxFindings, nil)
	o.addVRRP(l.VRRP, find)
	o.addChecker(l.Checker, find)
	return o
}

func (o *Overview) addVRRP(v *vrrp.Status, find string) {
	var list []Instance
	if v != nil {
		for i := range v.Instances {
			vi := &v.Instances[i]
			o.Totals.Instances++
			if vi.State == "MASTER" {
				o.Totals.Masters++
			}
			if entry := instanceOf(vi); matches(find, vi.Name, vi.Group, vi.State, vi.Interface, addresses(entry.VIPs)) {
				list = append(list, entry)
			}
		}
	}
	o.VRRP = some(list, maxInstances, func(i Instance) Level { return i.Level })
}

func instanceOf(vi *vrrp.InstanceStatus) Instance {
	level, why := judge(vi)
	i := Instance{
		Name: vi.Name, Group: vi.Group, State: vi.State, Level: level, Since: vi.Since, Priority: vi.Priority, Configured: vi.Configured,
		Interface: vi.Interface, VRID: vi.VRID, VIPs: []VIP{}, Why: why,
	}
	switch {
	case vi.State == "MASTER":
		i.Master = "this node"
	case vi.Master != nil:
		i.Master = fmt.Sprintf("%s (%d)", vi.Master.Address, vi.Master.Priority)
	}
	for _, a := range slices.Concat(vi.VIPs, vi.Excluded) {
		i.VIPs = append(i.VIPs, VIP{a.Address.String(), a.Device, a.Set})
	}
	return i
}

func addresses(vips []VIP) string {
	var b strings.Builder
	for _, v := range vips {
		b.WriteString(v.Address + " ")
	}
	return b.String()
}

func (o *Overview) addChecker(v *checker.View, find string) {
	var list []Service
	if v != nil {
		o.Totals.Checks, o.Totals.Running, o.Totals.Lag, o.Totals.Repairs = v.Probes.Checks, v.Probes.Running, float64(v.Probes.Late), v.Repaired
		for i := range v.Virtuals {
			s := serviceOf(&v.Virtuals[i])
			o.Totals.add(&s, v.Virtuals[i].Up)
			if s.matches(find, v.Virtuals[i].Reals) {
				list = append(list, s)
			}
		}
	}
	o.Services = some(list, maxServices, func(s Service) Level { return s.Level })
}

func (t *Totals) add(s *Service, up bool) {
	t.Services++
	if up {
		t.Up++
	}
	t.Servers += s.Servers
	t.Alive += s.Alive
	t.Active += s.Active
}

func serviceOf(vs *checker.VirtualView) Service {
	f, c := serviceFinding(vs), count(vs)
	s := Service{
		Name: vs.Name, Title: title(vs), State: f.State, Level: f.Level, Since: vs.Since, Scheduler: vs.Scheduler, Method: method(vs.Method),
		Quorum: vs.Quorum, Live: vs.Live, Servers: len(vs.Reals), Active: c.active, Why: f.Why,
	}
	for i := range vs.Reals {
		if vs.Reals[i].Alive {
			s.Alive++
		}
	}
	if vs.Counters != nil {
		s.Connections = &vs.Counters.Connections
	}
	return s
}

// title names a virtual server as its configuration does.
func title(vs *checker.VirtualView) string {
	if vs.Protocol == "none" || vs.Protocol == "" {
		return vs.Service
	}
	return vs.Service + " " + vs.Protocol
}

func method(m conf.Method) string { return fmt.Sprint(m) }

// matches says whether the text is in the virtual server or one of its real servers.
func (s *Service) matches(find string, reals []checker.RealView) bool {
	return matches(find, s.Name, s.Title, s.State, s.Scheduler) ||
		slices.ContainsFunc(reals, func(rs checker.RealView) bool { return matchesServer(find, &rs) })
}

// matches says whether a text is in one of others. Case does not count, and no text is in all.
func matches(find string, in ...string) bool {
	find = strings.ToLower(strings.TrimSpace(find))
	return find == "" || slices.ContainsFunc(in, func(s string) bool { return strings.Contains(strings.ToLower(s), find) })
}

// some gives at most n of a list, in its order. Where that is not all of it, those that are
// wrong stay.
func some[T any](list []T, n int, level func(T) Level) Some[T] {
	if len(list) > n && level != nil {
		slices.SortStableFunc(list, func(a, b T) int { return level(a).rank() - level(b).rank() })
	}
	more := max(len(list)-n, 0)
	return Some[T]{append([]T{}, list[:len(list)-more]...), more}
}
