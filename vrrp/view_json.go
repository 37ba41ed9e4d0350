// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"vipward/conf"
	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

// The types below are keepalived 2.4.3's JSON: names, order and types of the fields are an
// interface.
type (
	jsonAll struct {
		VRRP    []jsonInstance `json:"vrrp"`
		Process []jsonProcess  `json:"track_process,omitempty"`
	}
	jsonInstance struct {
		Data  jsonData  `json:"data"`
		Stats jsonStats `json:"stats"`
	}
	jsonData struct {
		Name              string    `json:"iname"`
		DontTrackPrimary  bit01     `json:"dont_track_primary"`
		SkipCheckAdvAddr  bit01     `json:"skip_check_adv_addr"`
		Strict            bit01     `json:"strict_mode"`
		VMAC              string    `json:"vmac_ifname"`
		Interface         string    `json:"ifp_ifname"`
		MasterPriority    uint8     `json:"master_priority"`
		LastTransition    epoch     `json:"last_transition"`
		GARPDelay         seconds   `json:"garp_delay"`
		GARPRefresh       seconds   `json:"garp_refresh"`
		GARPRepeat        int       `json:"garp_rep"`
		GARPRefreshRepeat int       `json:"garp_refresh_rep"`
		GARPLowerDelay    seconds   `json:"garp_lower_prio_delay"`
		GARPLowerRepeat   int       `json:"garp_lower_prio_rep"`
		LowerNoAdvert     bit01     `json:"lower_prio_no_advert"`
		HigherSendAdvert  bit01     `json:"higher_prio_send_advert"`
		VRID              uint8     `json:"vrid"`
		Priority          uint8     `json:"base_priority"`
		Effective         uint8     `json:"effective_priority"`
		Set               bool      `json:"vipset"`
		Promote           bool      `json:"promote_secondaries"`
		AdvertInt         seconds   `json:"adver_int"`
		MasterAdvertInt   seconds   `json:"master_adver_int"`
		Accept            bit01     `json:"accept"`
		NoPreempt         bool      `json:"nopreempt"`
		PreemptDelay      seconds   `json:"preempt_delay"`
		State             jsonState `json:"state"`
		WantState         jsonState `json:"wantstate"`
		Version           int       `json:"version"`
		SMTPAlert         bool      `json:"smtp_alert"`
		NotifyDeleted     bool      `json:"notify_deleted"`
		Backup            string    `json:"script_backup,omitempty"`
		Master            string    `json:"script_master,omitempty"`
		Fault             string    `json:"script_fault,omitempty"`
		Stop              string    `json:"script_stop,omitempty"`
		Deleted           string    `json:"script_deleted,omitempty"`
		Generic           string    `json:"script,omitempty"`
		RxLower           string    `json:"script_master_rx_lower_pri,omitempty"`
		VIPs              []string  `json:"vips,omitempty"`
		ExcludedVIPs      []string  `json:"evips,omitempty"`
		Routes            []string  `json:"vroutes,omitempty"`
		Rules             []string  `json:"vrules,omitempty"`
		TrackInterfaces   []string  `json:"track_ifp,omitempty"`
		TrackScripts      []string  `json:"track_script,omitempty"`
		TrackProcesses    []string  `json:"track_process,omitempty"`
		AuthType          int       `json:"auth_type"`
		AuthData          string    `json:"auth_data,omitempty"`
	}
	jsonStats struct {
		Received      uint64 `json:"advert_rcvd"`
		Sent          uint64 `json:"advert_sent"`
		Mastered      uint64 `json:"become_master"`
		Released      uint64 `json:"release_master"`
		Length        uint64 `json:"packet_len_err"`
		Interval      uint64 `json:"advert_interval_err"`
		TTL           uint64 `json:"ip_ttl_err"`
		Type          uint64 `json:"invalid_type_rcvd"`
		Addresses     uint64 `json:"addr_list_err"`
		AuthType      uint64 `json:"invalid_authtype"`
		AuthMismatch  uint64 `json:"authtype_mismatch"`
		AuthFailure   uint64 `json:"auth_failure"`
		HMACMissing   uint64 `json:"auth_ext_missing"`
		HMACMalformed uint64 `json:"auth_ext_malformed"`
		HMACKey       uint64 `json:"auth_ext_unknown_key"`
		HMACInvalid   uint64 `json:"auth_ext_invalid_hmac"`
		HMACStale     uint64 `json:"auth_ext_stale"`
		HMACReplay    uint64 `json:"auth_ext_replay"`
		ZeroReceived  uint64 `json:"pri_zero_rcvd"`
		ZeroSent      uint64 `json:"pri_zero_sent"`
	}
	jsonProcess struct {
		Name             string  `json:"process"`
		Parameters       string  `json:"parameters,omitempty"`
		Match            string  `json:"param_match"`
		Min              int     `json:"min_processes"`
		Max              *int    `json:"max_processes,omitempty"`
		Current          int     `json:"current_processes"`
		HaveQuorum       bool    `json:"have_quorum"`
		Weight           int     `json:"weight"`
		TerminateDelay   seconds `json:"terminate_delay"`
		ForkDelay        seconds `json:"fork_delay"`
		ForkTimer        bool    `json:"fork_delay_timer_running"`
		TerminateTimer   bool    `json:"terminate_delay_timer_running"`
		WholeCommandLine bool    `json:"full_command"`
	}
)

// bit01 is a truth value as 0 or 1, seconds a duration in seconds, epoch a time in seconds
// since 1970 with six decimals, jsonState a state's number.
type (
	bit01     bool
	seconds   time.Duration
	epoch     time.Time
	jsonState election.State
)

// MarshalJSON implements json.Marshaler.
func (b bit01) MarshalJSON() ([]byte, error) {
	if b {
		return []byte("1"), nil
	}
	return []byte("0"), nil
}

// MarshalJSON implements json.Marshaler.
func (s seconds) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(s).Seconds())
}

// MarshalJSON implements json.Marshaler.
func (e epoch) MarshalJSON() ([]byte, error) {
	t := time.Time(e)
	if t.IsZero() {
		return []byte("0.000000"), nil
	}
	return fmt.Appendf(nil, "%d.%06d", t.Unix(), t.Nanosecond()/1000), nil
}

// MarshalJSON implements json.Marshaler.
func (s jsonState) MarshalJSON() ([]byte, error) {
	switch election.State(s) {
	case election.Backup:
		return []byte("1"), nil
	case election.Master:
		return []byte("2"), nil
	case election.FaultState:
		return []byte("3"), nil
	default:
		return []byte("0"), nil
	}
}

// scriptWords is a command line with each word in quotes; "" if there is none.
func scriptWords(c *conf.Command) string {
	if c == nil {
		return ""
	}
	return quotedWords(c.Args)
}

func quotedWords(args []string) string { return "'" + strings.Join(args, "' '") + "'" }

// json is keepalived's JSON file: one line, and nothing when there is no instance.
func (l *loop) json() string {
	if len(l.vis) == 0 {
		return ""
	}
	all := jsonAll{VRRP: make([]jsonInstance, 0, len(l.vis)), Process: l.tracking.json(l.cfg)}
	for _, vi := range l.vis {
		all.VRRP = append(all.VRRP, jsonInstance{l.jsonData(vi), vi.jsonStats()})
	}
	var what any = all.VRRP
	if l.cfg.Global.Daemon.JSONVersion == 2 {
		what = all
	}
	return encodeJSON(what)
}

// encodeJSON writes slashes as keepalived's writer does.
func encodeJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // the types above can all be encoded
	}
	// A slash stands in strings only.
	return strings.ReplaceAll(b.String(), "/", `\/`)
}

func (l *loop) jsonData(vi *instance) jsonData {
	c, g, h := vi.cfg, vi.cfg.GARP, l.holds(vi)
	d := jsonData{
		Name: c.Name, DontTrackPrimary: bit01(c.DontTrackPrimary), SkipCheckAdvAddr: bit01(c.SkipCheckAdvAddr), Strict: bit01(c.Strict),
		Interface: l.links.device(c),
		GARPDelay: seconds(g.MasterDelay), GARPRefresh: seconds(g.MasterRefresh), GARPRepeat: g.MasterRepeat, GARPRefreshRepeat: g.MasterRefreshRepeat,
		GARPLowerDelay: seconds(g.LowerPrioDelay), GARPLowerRepeat: g.LowerPrioRepeat,
		LowerNoAdvert: bit01(c.LowerPrioNoAdvert), HigherSendAdvert: bit01(c.HigherPrioSendAdvert),
		VRID: c.VRID, Priority: c.Priority, Promote: c.PromoteSecondaries,
		AdvertInt: seconds(c.AdvertInt), Accept: bit01(c.Accept), NoPreempt: c.NoPreempt, PreemptDelay: seconds(c.PreemptDelay),
		Version: c.Version, SMTPAlert: c.SMTPAlert, NotifyDeleted: c.ReportDeleted,
		Backup: scriptWords(c.NotifyBackup), Master: scriptWords(c.NotifyMaster), Fault: scriptWords(c.NotifyFault),
		Stop: scriptWords(c.NotifyStop), Deleted: scriptWords(c.NotifyDeleted), Generic: scriptWords(c.Notify), RxLower: scriptWords(c.NotifyRxLowerPrio),
		VIPs: l.addressTexts(vi, c.VIPs), ExcludedVIPs: l.addressTexts(vi, c.ExcludedVIPs),
		Routes: l.routeTexts(h.Routes), Rules: ruleTexts(h.Rules),
		AuthType: int(c.AuthType),
	}
	if c.VMAC != nil || c.IPVLAN != nil {
		d.VMAC = l.links.virtual(vi.key)
	}
	if c.AuthType != conf.AuthNone {
		d.AuthData = c.AuthPass.String()
	}
	d.track(c)
	d.now(vi)
	return d
}

// track names what the instance tracks; scripts by their command lines.
func (d *jsonData) track(c *conf.Instance) {
	for _, t := range c.Tracking.Interfaces {
		d.TrackInterfaces = append(d.TrackInterfaces, t.Interface)
	}
	for _, t := range c.TrackScripts {
		d.TrackScripts = append(d.TrackScripts, quotedWords(t.Script.Command.Args))
	}
	for _, t := range c.Tracking.Processes {
		d.TrackProcesses = append(d.TrackProcesses, t.Process.Name)
	}
}

// now is what the election knows.
func (d *jsonData) now(vi *instance) {
	state := vi.m.State()
	if state == election.Backup {
		_, d.MasterPriority = vi.m.Heard()
	}
	d.State, d.WantState = jsonState(state), jsonState(state)
	d.Set = state == election.Master
	d.LastTransition, d.Effective, d.MasterAdvertInt = epoch(vi.changed), vi.m.Priority(), seconds(vi.m.Interval())
}

func (vi *instance) jsonStats() jsonStats {
	c := &vi.wire.Counters
	return jsonStats{
		Received: c.Received, Sent: c.Sent, Mastered: vi.mastered, Released: vi.released,
		Length: c.Length(), Interval: c.Found[packet.DropInterval] + c.Found[packet.AcceptInterval], TTL: c.TTL(), Type: c.Found[packet.DropType], Addresses: c.Addresses(),
		AuthType: c.Found[packet.DropAuthType], AuthMismatch: c.Found[packet.DropAuthMismatch], AuthFailure: c.AuthFailed(),
		HMACMissing: c.Found[packet.DropUnsigned], HMACMalformed: c.Found[packet.DropMalformed], HMACKey: c.Found[packet.DropKey],
		HMACInvalid: c.Found[packet.DropSignature], HMACStale: c.Found[packet.DropStale], HMACReplay: c.Found[packet.DropReplay],
		ZeroReceived: c.ZeroReceived, ZeroSent: c.ZeroSent,
	}
}
