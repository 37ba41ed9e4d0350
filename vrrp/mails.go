// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"

	"vipward/conf"
	"vipward/notify"
	"vipward/vrrp/election"
)

// mails alerts operators of new states (smtp_alert). A state that was the last to be mailed
// is not mailed again; the end of the daemon and of an instance is not mailed.
type mails struct {
	mailer interface {
		Set(s notify.MailSettings)
		Send(m notify.Mail)
		Drain()
	}
	quiet bool // about faults
	last  map[string]election.State
}

// mailSettings are those of a configuration.
type mailSettings struct {
	notify.MailSettings
	noFaults bool
}

func mailSettingsOf(g *conf.Global) mailSettings {
	return mailSettings{notify.MailSettingsOf(g), g.NoEmailFaults}
}

func (m *mails) use(s mailSettings) {
	m.quiet = s.noFaults
	m.mailer.Set(s.MailSettings)
}

// instance tells that an instance changed to a state.
func (m *mails) instance(name string, to election.State) {
	body := "=> VRRP Instance is no longer owning VRRP VIPs <="
	if to == election.Master {
		body = "=> VRRP Instance is now owning VRRP VIPs <="
	}
	m.send("VRRP Instance "+name, to, body)
}

// group tells that a sync group changed to a state.
func (m *mails) group(name string, to election.State) {
	m.send("VRRP Group "+name, to, fmt.Sprintf("=> All VRRP group instances are now in %s state <=", to))
}

func (m *mails) send(who string, to election.State, body string) {
	switch {
	case to != election.Master && to != election.Backup && to != election.FaultState,
		to == election.FaultState && m.quiet, m.last[who] == to:
		return
	}
	m.last[who] = to
	m.mailer.Send(notify.Mail{Subject: fmt.Sprintf("%s - Entering %s state", who, to), Body: body})
}
