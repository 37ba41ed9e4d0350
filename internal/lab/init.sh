# First process of the lab kernel. The lines before this file's body set dir, home, cwd
# and the program's arguments.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs "$TMPDIR"
mount --bind /dev/null /dev/console # keepalived logs there when it finds no syslog, line by line
ip link set lo up
echo 1 >/proc/sys/net/core/fb_tunnels_only_for_init_net # a namespace has the tunnels that it makes
modprobe -d "$dir" -a crc-ccitt ipv6 veth bridge macvlan dummy nf_conntrack nf_tables nlmon ipvlan vrf 8021q \
	ipip ip_gre fou cls_u32 act_skbedit sch_ingress || echo "lab: modprobe failed"
modprobe -d "$dir" -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs_fo ip_vs_ovf \
	ip_vs_lblc ip_vs_lblcr ip_vs_dh ip_vs_sh ip_vs_mh ip_vs_sed ip_vs_nq ip_vs_pe_sip || echo "lab: modprobe failed"
echo 0 >/proc/sys/kernel/printk
echo "$marker"
cd "$cwd" && "$@"
echo $? >"$dir/status"
echo "$marker"
sync
echo o >/proc/sysrq-trigger
sleep 10
