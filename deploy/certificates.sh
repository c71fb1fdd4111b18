#!/usr/bin/env bash
# Makes a certificate authority, certificates for nodes and clients, and a cluster secret, to try TLS out.
set -euo pipefail
umask 077

usage() {
    cat <<EOF
Usage: deploy/certificates.sh [--dir DIR] [--host NAME]... [--days N]

Makes in DIR (default ./certificates; nothing there is overwritten):
  ca.pem, ca.key            the authority; keep ca.key away from the nodes
  node.pem, node.key        for nodes: their listeners, and their connections to each other
  client.pem, client.key    for producers and weirctl
  secret                    the cluster secret, 32 random bytes in hexadecimal

The node's certificate is for localhost, 127.0.0.1, ::1, this host's name, and every --host NAME (a DNS name or an IP address).
Each certificate is valid for N days (default 30): these are for trying out; in production use your own authority.

Example:
  deploy/certificates.sh --dir /tmp/certificates
  weir up --ingest tls+tcp://127.0.0.1:7701 --control tls+tcp://127.0.0.1:7700 --intents tls+tcp://127.0.0.1:7702 \\
      --tls-ca /tmp/certificates/ca.pem --tls-certificate /tmp/certificates/node.pem --tls-key /tmp/certificates/node.key \\
      --secret-file /tmp/certificates/secret
  weirctl status --to tls+tcp://127.0.0.1:7700 \\
      --tls-ca /tmp/certificates/ca.pem --tls-certificate /tmp/certificates/client.pem --tls-key /tmp/certificates/client.key \\
      --secret-file /tmp/certificates/secret
EOF
}

dir=./certificates
days=30
hosts=(localhost 127.0.0.1 ::1 "$(uname -n)")
while [ $# -gt 0 ]; do
    case $1 in
        --dir) dir=${2:?--dir needs a directory}; shift 2 ;;
        --host) hosts+=("${2:?--host needs a name}"); shift 2 ;;
        --days) days=${2:?--days needs a number}; shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) echo "error: $1 is not known; see --help" >&2; exit 64 ;;
    esac
done
command -v openssl >/dev/null || { echo "error: openssl is missing; install it with: apt-get install openssl" >&2; exit 1; }
mkdir -p "$dir"
for file in ca.pem ca.key node.pem node.key client.pem client.key secret; do
    [ ! -e "$dir/$file" ] || { echo "error: $dir/$file exists; choose another --dir, or remove it" >&2; exit 1; }
done

# An IP address stands among the DNS names too: libnng's mbedtls 2.28 compares with these alone.
names=""
for host in "${hosts[@]}"; do
    names+="DNS:$host,"
    case $host in *:* | [0-9]*.[0-9]*.[0-9]*.[0-9]*) names+="IP:$host," ;; esac
done

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

key "$dir/ca.key"
openssl req -x509 -new -key "$dir/ca.key" -sha256 -days "$days" -subj "/CN=Weir trial authority" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out "$dir/ca.pem"

# issue NAME SUBJECT EXTENSIONS: a key and a certificate signed by the authority.
issue() {
    key "$dir/$1.key"
    openssl req -new -key "$dir/$1.key" -subj "/CN=$2" -out "$dir/$1.csr"
    printf '%s\n' basicConstraints=CA:FALSE keyUsage=digitalSignature "${@:3}" >"$dir/$1.ext"
    openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -sha256 -days "$days" \
        -extfile "$dir/$1.ext" -out "$dir/$1.pem" 2>/dev/null
    rm "$dir/$1.csr" "$dir/$1.ext"
}
issue node "Weir node" extendedKeyUsage=serverAuth,clientAuth "subjectAltName=${names%,}"
issue client "Weir client" extendedKeyUsage=clientAuth
openssl rand -hex 32 >"$dir/secret"
rm -f "$dir/ca.srl"
echo "made in $dir: ca.pem node.pem node.key client.pem client.key secret (valid $days days)"
