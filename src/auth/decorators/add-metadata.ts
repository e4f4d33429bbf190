/**
 * Adds to a list that decorators keep on a route or controller. Unlike `SetMetadata` it forgets nothing that another
 * decorator, or the class it extends, has asked for.
 */
export function addMetadata(key: string, values: readonly unknown[]): MethodDecorator & ClassDecorator {
  return (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor) => {
    const place = (descriptor?.value as object | undefined) ?? target;
    const before = (Reflect.getMetadata(key, place) ?? []) as unknown[];
    Reflect.defineMetadata(key, [...before, ...values], place);
  };
}
