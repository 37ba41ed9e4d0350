// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/notify"
	"vipward/vrrp/election"
)

// box takes mails.
type postbox struct {
	settings notify.MailSettings
	mails    []string
}

func (b *postbox) Set(s notify.MailSettings) { b.settings = s }
func (b *postbox) Send(m notify.Mail)        { b.mails = append(b.mails, m.Subject+"\n"+m.Body) }
func (b *postbox) Drain()                    {}

// TestMails: what is mailed of a series of states, and what not.
func TestMails(t *testing.T) {
	t.Parallel()
	const i, mine, others = "VRRP Instance V - Entering ", "\n=> VRRP Instance is now owning VRRP VIPs <=", "\n=> VRRP Instance is no longer owning VRRP VIPs <="
	tests := []struct {
		name   string
		quiet  bool
		states []election.State
		want   []string
	}{
		{
			"all that are mailed", false,
			[]election.State{election.Backup, election.Master, election.FaultState, election.Backup},
			[]string{i + "BACKUP state" + others, i + "MASTER state" + mine, i + "FAULT state" + others, i + "BACKUP state" + others},
		},
		{"the same again", false, []election.State{election.Backup, election.Backup}, []string{i + "BACKUP state" + others}},
		{"the end", false, []election.State{election.Stopped, election.Deleted}, nil},
		{
			"no_email_faults", true,
			[]election.State{election.Master, election.FaultState, election.Master, election.Backup},
			[]string{i + "MASTER state" + mine, i + "BACKUP state" + others},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &postbox{}
			m := mails{mailer: b, last: map[string]election.State{}}
			m.use(mailSettings{noFaults: tt.quiet})
			for _, s := range tt.states {
				m.instance("V", s)
			}
			if diff := cmp.Diff(tt.want, b.mails); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	b := &postbox{}
	m := mails{mailer: b, last: map[string]election.State{}}
	m.group("G", election.Master)
	m.instance("G", election.Master) // another subject
	want := []string{"VRRP Group G - Entering MASTER state\n=> All VRRP group instances are now in MASTER state <=", "VRRP Instance G - Entering MASTER state" + mine}
	if diff := cmp.Diff(want, b.mails); diff != "" {
		t.Errorf("group (-want +got):\n%s", diff)
	}
}
