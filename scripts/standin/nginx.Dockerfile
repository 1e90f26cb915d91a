# Stands in for the official NGINX image where no image registry can be reached: Debian's NGINX, laid out like the
# official one (user, paths, logs, default configuration, stop signal), so that the same run works on both.
ARG DEBIAN_IMAGE
FROM ${DEBIAN_IMAGE}

RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*

# Debian's NGINX keeps its temporary files under /var/lib/nginx, the official one under /var/cache/nginx: the link lets
# a tmpfs on the latter do for both.
RUN groupadd --system --gid 101 nginx \
 && useradd --system --uid 101 --gid nginx --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin nginx \
 && rm -rf /etc/nginx/sites-available /etc/nginx/sites-enabled /etc/nginx/modules-enabled /var/lib/nginx \
 && mkdir -p /etc/nginx/conf.d /var/cache/nginx /var/log/nginx \
 && ln -s /var/cache/nginx /var/lib/nginx \
 && ln -s /dev/stdout /var/log/nginx/access.log \
 && ln -s /dev/stderr /var/log/nginx/error.log

COPY nginx.conf /etc/nginx/nginx.conf
COPY default.conf /etc/nginx/conf.d/default.conf

# The version that `nginx -v` gives: it is not known before the package is installed, so the caller builds twice.
ARG NGINX_VERSION
ENV NGINX_VERSION=${NGINX_VERSION}

EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
